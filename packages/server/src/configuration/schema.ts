import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { LogLevel } from './configuration.js';

/**
 * The keys of a configuration file and what may stand there. Names, defaults and value forms of the keys that the
 * field has in use are the field's, so that a file that is there works as it stands; where we ask for more than one
 * kind of value, the error says which.
 */
export const configurationSchema = z.object({
  port: wholeNumber(0, 65_535).default(2407),
  address: text('must be an IP address or a host name, e.g. 127.0.0.1').optional(),
  unix_socket: path().optional(),
  auth_cert: path().default('server.pem'),
  auth_key: path().default('server-key.pem'),
  cloudflare_ca_cert: path().default('keyless_cacert.pem'),
  private_key_stores: z.array(keyStore(), 'must be a list, e.g. "- dir: /etc/keyless/keys"').default([]),
  private_key_dirs: paths().default([]),
  private_key_files: paths().default([]),
  rsa_decrypt: boolean().default(false),
  workers: wholeNumber(1, 256).default(Math.max(1, availableParallelism() - 1)),
  handshake_timeout: duration('100ms', '5m').default(10_000),
  idle_timeout: duration('1s', '24h').default(120_000),
  // A requester waits 10 s for an answer (docs/protocol/kssl1.md).
  operation_timeout: duration('10ms', '5m').default(10_000),
  maximum_in_flight: wholeNumber(1, 65_536).default(1024),
  maximum_queued_bytes: wholeNumber(1024, 1 << 30).default(256 * 1024),
  loglevel: logLevel().default('info'),
  pid_file: path().optional(),
});

/** A key of the configuration by its one true name. */
export type ConfigurationKey = keyof typeof configurationSchema.shape;

/** Other names that the field has for a key: older ones, and that of the time which bounds an operation. */
export const ALIASES: ReadonlyMap<string, ConfigurationKey> = new Map([
  ['cert', 'auth_cert'],
  ['key', 'auth_key'],
  ['ca_cert', 'cloudflare_ca_cert'],
  ['ca_file', 'cloudflare_ca_cert'],
  ['sign_timeout', 'operation_timeout'],
]);

/** Keys of the field's that a file may hold and that nothing here reads. */
export const UNUSED_KEYS: ReadonlySet<string> = new Set([
  'auth_csr',
  'csr',
  'current_time',
  'delegated_cert',
  'delegated_privkey',
  'delegated_ttl',
  'hostname',
  'init_endpoint',
  'metrics_addr',
  'metrics_port',
  'origin_ca_api_key',
  'origin_ca_key',
  'sign_retry_count',
  'tracing_address',
  'tracing_enabled',
  'tracing_sample_rate',
  'zone_id',
]);

const NANOSECONDS_PER_MILLISECOND = 1e6;
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** The field's levels, 0 (debug) to 5 (fatal, which 4 is too), and pino's names. */
const LOG_LEVELS: ReadonlyMap<unknown, LogLevel> = new Map([
  ...(['debug', 'info', 'warn', 'error', 'fatal', 'fatal'] as const).flatMap(
    (level, number): [unknown, LogLevel][] => [
      [number, level],
      [String(number), level],
    ],
  ),
  ...(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const).map(
    (level): [unknown, LogLevel] => [level, level],
  ),
]);

function wholeNumber(from: number, to: number) {
  const error = `must be a whole number from ${from} to ${to}`;
  return z.preprocess(numberFromText, z.int({ error }).min(from, { error }).max(to, { error }));
}

function boolean() {
  return z.preprocess(booleanFromText, z.boolean({ error: 'must be true or false' }));
}

function text(error: string) {
  return z.string({ error }).min(1, { error });
}

function path() {
  return text('must be the path of a file');
}

function paths() {
  return z.preprocess(listFromText, z.array(path(), 'must be a list of paths'));
}

// Flags and environment variables are text, and files in the field quote numbers.
function numberFromText(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

function booleanFromText(value: unknown): unknown {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}

function listFromText(value: unknown): unknown {
  return typeof value === 'string' ? value.split(',') : value;
}

function keyStore() {
  const error = 'must be one of "dir: FOLDER" and "file: FILE"';
  return z
    .strictObject({ dir: path().nullish(), file: path().nullish(), uri: z.unknown() }, error)
    .transform(({ dir, file, uri }, context) => {
      // The URI may hold a PIN: it is not repeated.
      if (uri !== undefined && uri !== null)
        return fail(context, 'key stores by uri are not supported by this version');
      if (dir && !file) return { type: 'directory', path: dir } as const;
      if (file && !dir) return { type: 'file', path: file } as const;
      return fail(context, error);
    });
}

function logLevel() {
  return z.unknown().transform((value, context) => {
    const level = LOG_LEVELS.get(value);
    return (
      level ??
      fail(context, 'must be 0 (debug) to 5 (fatal), or trace, debug, info, warn, error, fatal or silent')
    );
  });
}

/** A duration like `1m30s`, or as the field's server also takes it a number of nanoseconds; becomes milliseconds. */
function duration(from: string, to: string) {
  const [least = 0, most = 0] = [from, to].map(readDuration);
  return z.unknown().transform((value, context) => {
    const milliseconds = readDuration(value);
    if (milliseconds !== undefined && milliseconds >= least && milliseconds <= most) return milliseconds;
    return fail(context, `must be a duration from ${from} to ${to} with its unit (ms, s, m, h), e.g. 10s`);
  });
}

function readDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return value / NANOSECONDS_PER_MILLISECOND;
  if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) return undefined;
  return [...value.matchAll(/([\d.]+)([a-z]+)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN),
    0,
  );
}

function fail(context: z.core.$RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

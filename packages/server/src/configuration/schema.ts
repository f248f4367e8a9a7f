import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { keyStore } from './key-store.js';
import {
  boolean,
  duration,
  host,
  logLevel,
  oneOf,
  path,
  paths,
  portOrOff,
  someOf,
  wholeNumber,
} from './values.js';

/** In milliseconds. */
const HOUR = 3_600_000;

/**
 * The keys of a configuration file and what may stand there. Names, defaults and value forms of the keys that the
 * field has in use are the field's, so that a file that is there works as it stands; where we ask for more than one
 * kind of value, the error says which.
 */
export const configurationSchema = z.object({
  port: wholeNumber(0, 65_535).default(2407),
  address: host().optional(),
  unix_socket: path().optional(),
  auth_cert: path().default('server.pem'),
  auth_key: path().default('server-key.pem'),
  cloudflare_ca_cert: path().default('keyless_cacert.pem'),
  crl_files: paths().default([]),
  protocols: someOf('kssl2', 'kssl1').default(['kssl2', 'kssl1']),
  private_key_stores: z.array(keyStore(), 'must be a list, e.g. "- dir: /etc/keyless/keys"').default([]),
  private_key_dirs: paths().default([]),
  private_key_files: paths().default([]),
  certificate_dirs: paths().default([]),
  policy_file: path().optional(),
  rsa_decrypt: boolean().default(false),
  delegated_credentials: boolean().default(false),
  workers: wholeNumber(1, 256).default(Math.max(1, availableParallelism() - 1)),
  processes: wholeNumber(1, 64).default(1),
  handshake_timeout: duration('100ms', '5m').default(10_000),
  idle_timeout: duration('1s', '24h').default(120_000),
  // A requester waits 10 s for an answer (docs/protocol/kssl1.md).
  operation_timeout: duration('10ms', '5m').default(10_000),
  maximum_in_flight: wholeNumber(1, 65_536).default(1024),
  maximum_queued_bytes: wholeNumber(1024, 1 << 30).default(256 * 1024),
  maximum_in_flight_total: wholeNumber(1, 1_000_000).default(16_384),
  maximum_connections: wholeNumber(1, 1_000_000).default(10_000),
  maximum_new_connections_per_second: wholeNumber(1, 100_000).default(100),
  drain_timeout: duration('0s', '10m').default(10_000),
  watch_keys: boolean().default(true),
  sealing_secret_file: path().optional(),
  sealing_rotation_interval: duration('1s', '30d').default(24 * HOUR),
  sealing_lifetime: duration('1s', '7d').default(48 * HOUR),
  audit_log: path().optional(),
  audit_log_key_file: path().optional(),
  audit_log_on_failure: oneOf('stop_signing', 'continue').default('stop_signing'),
  audit_log_maximum_bytes: wholeNumber(64 * 1024, 2 ** 40).default(256 * 1024 * 1024),
  audit_log_maximum_age: duration('1s', '365d').default(24 * HOUR),
  metrics_addr: host().default('127.0.0.1'),
  metrics_port: portOrOff().default(2406),
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
  'origin_ca_api_key',
  'origin_ca_key',
  'sign_retry_count',
  'tracing_address',
  'tracing_enabled',
  'tracing_sample_rate',
  'zone_id',
]);

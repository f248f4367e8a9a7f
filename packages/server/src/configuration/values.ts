import { z } from 'zod';
import type { LogLevel } from './configuration.js';

// What may stand behind a key of the configuration. Each kind of value has one message for all that is wrong with it.

/** What those who describe the configuration must know of a kind of value. */
export interface ValueKind {
  /** What stands for the value in the help of a command line. */
  readonly placeholder: string;
  /** JSON Schema of what may stand in a file, where that cannot be seen from ours. */
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  /** Whether it is, or is a list of, paths: those are relative to where the value came from. */
  readonly isPath?: boolean;
  /** The value as a file may have it, from what it became. */
  readonly write?: (value: unknown) => unknown;
}

/** The kinds of values, by the schemas that the functions here return. */
export const valueKinds = z.registry<ValueKind>();

export function wholeNumber(from: number, to: number) {
  const error = `must be a whole number from ${from} to ${to}`;
  const number = z.preprocess(numberFromText, z.int({ error }).min(from, { error }).max(to, { error }));
  return number.register(valueKinds, { placeholder: 'N' });
}

/** A port, or null for none. */
export function portOrOff() {
  const error = 'must be a whole number from 0 to 65535, or off';
  const port = z.preprocess(numberFromText, z.int({ error }).min(0, { error }).max(65_535, { error }));
  const off = z.literal(['off', false], { error }).transform(() => null);
  return z.union([off, port], { error }).register(valueKinds, {
    placeholder: 'PORT|off',
    jsonSchema: { anyOf: [{ type: 'integer', minimum: 0, maximum: 65_535 }, { enum: ['off', false] }] },
    write: (value) => value ?? 'off',
  });
}

export function boolean() {
  return z
    .preprocess(booleanFromText, z.boolean({ error: 'must be true or false' }))
    .register(valueKinds, { placeholder: 'true|false' });
}

export function text(error: string) {
  return z.string({ error }).min(1, { error }).register(valueKinds, { placeholder: 'TEXT' });
}

export function host() {
  const error = 'must be an IP address or a host name, e.g. 127.0.0.1';
  return z.string({ error }).min(1, { error }).register(valueKinds, { placeholder: 'ADDRESS' });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(...values: Values) {
  return z
    .enum(values, { error: `must be ${values.join(' or ')}` })
    .register(valueKinds, { placeholder: values.join('|') });
}

/** A list of some of these words, one at least. */
export function someOf<const Values extends readonly [string, ...string[]]>(...values: Values) {
  const error = `must be a list of ${values.join(' and ')}`;
  return z
    .preprocess(listFromText, z.array(z.enum(values, { error }), { error }).min(1, { error }))
    .register(valueKinds, { placeholder: 'WORD[,WORD]' });
}

export function path() {
  const error = 'must be the path of a file';
  return z.string({ error }).min(1, { error }).register(valueKinds, { placeholder: 'FILE', isPath: true });
}

export function paths() {
  return z
    .preprocess(listFromText, z.array(path(), 'must be a list of paths'))
    .register(valueKinds, { placeholder: 'PATH[,PATH]', isPath: true });
}

export function logLevel() {
  const level = z.unknown().transform((value, context) => {
    const level = LOG_LEVELS.get(numberFromText(value));
    if (level !== undefined) return level;
    return fail(
      context,
      'must be 0 (debug) to 5 (fatal), or trace, debug, info, warn, error, fatal or silent',
    );
  });
  return level.register(valueKinds, { placeholder: 'LEVEL', jsonSchema: { enum: [...LOG_LEVELS.keys()] } });
}

/** A duration like `1m30s`, or as the field's server also takes it a number of nanoseconds; becomes milliseconds. */
export function duration(from: string, to: string) {
  const [least = 0, most = 0] = [from, to].map(readDuration);
  const time = z.unknown().transform((value, context) => {
    const milliseconds = readDuration(value);
    if (milliseconds !== undefined && milliseconds >= least && milliseconds <= most) return milliseconds;
    return fail(context, `must be a duration from ${from} to ${to} with its unit (ms, s, m, h, d), e.g. 10s`);
  });
  return time.register(valueKinds, {
    placeholder: 'TIME',
    jsonSchema: { anyOf: [{ type: 'string', pattern: DURATION.source }, { type: 'integer' }] },
    write: (value) => writeDuration(Number(value)),
  });
}

// Flags and environment variables are text, and files in the field quote numbers.
function numberFromText(value: unknown): unknown {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
}

function booleanFromText(value: unknown): unknown {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}

export function listFromText(value: unknown): unknown {
  return typeof value === 'string' ? value.split(',') : value;
}

function readDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return value / NANOSECONDS_PER_MILLISECOND;
  if (typeof value !== 'string' || !DURATION.test(value)) return undefined;
  return [...value.matchAll(/([\d.]+)([a-z]+)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (MILLISECONDS[unit ?? ''] ?? Number.NaN),
    0,
  );
}

/** In the largest unit that it is a whole number of. */
function writeDuration(milliseconds: number): string {
  const units = Object.entries(MILLISECONDS).toReversed();
  const [unit, length] = units.find(([, each]) => milliseconds >= each && milliseconds % each === 0) ?? [
    'ms',
    1,
  ];
  return `${milliseconds / length}${unit}`;
}

/** Refuses a value in a transformation. */
export function fail(context: z.core.$RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

const DURATION = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/;
const NANOSECONDS_PER_MILLISECOND = 1e6;
const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The field's numbers, of which 4 is unused there, and pino's names. */
const LOG_LEVELS: ReadonlyMap<unknown, LogLevel> = new Map<unknown, LogLevel>([
  [0, 'debug'],
  [1, 'info'],
  [2, 'warn'],
  [3, 'error'],
  [4, 'fatal'],
  [5, 'fatal'],
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['fatal', 'fatal'],
  ['silent', 'silent'],
]);

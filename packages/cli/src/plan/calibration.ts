import { KEY_TYPES, type ServiceTimes } from '@latchkey/plan';
import { ConfigurationError } from '@latchkey/server';
import { z } from 'zod';
import { readTextFile } from '../files.js';

const time = z.number({ error: 'must be a number of microseconds' }).min(0);

const operationCost = z.strictObject({
  lane: z.enum(['inline', 'short', 'long']),
  batches: z.array(z.strictObject({ size: z.int().min(1), microseconds: time })).min(1),
});

const serviceTimes = z.strictObject({
  turn: time,
  wake: time,
  request: time,
  handover: time,
  floor: time,
  hop: time,
  operations: z.partialRecord(z.enum(KEY_TYPES), operationCost),
  collections: z
    .strictObject({ requests: z.number().positive(), microseconds: z.array(time).min(1) })
    .exactOptional(),
  pauses: z
    .strictObject({ perSecond: z.number().min(0), microseconds: z.array(time).min(1) })
    .exactOptional(),
}) satisfies z.ZodType<ServiceTimes>;

const calibration = z.strictObject({
  latchkeyCalibration: z.literal(3, {
    error: 'must be 3: this is no calibration, or one of another version',
  }),
  date: z.string(),
  node: z.string(),
  openssl: z.string(),
  processor: z.string(),
  /** Whether operations of a batch are computed side by side, and by what. */
  multiBuffer: z.string(),
  times: serviceTimes,
});

/** What was measured on a machine, and on which. Its JSON is what `latchkey plan --calibrate` writes. */
export interface Calibration extends Omit<z.output<typeof calibration>, 'times'> {
  readonly times: ServiceTimes;
}

/**
 * Reads what `latchkey plan --calibrate` has written.
 *
 * @throws {FileError} when the file cannot be read
 * @throws {ConfigurationError} when it holds something else
 */
export async function readCalibration(file: string): Promise<Calibration> {
  const { text } = await readTextFile(file);
  const outcome = calibration.safeParse(parseJson(text));
  if (outcome.success) return outcome.data;
  throw new ConfigurationError(
    outcome.error.issues.map(({ path, message }) => ({
      source: file,
      key: path.join('.'),
      message: `${message}; make it anew with latchkey plan --calibrate`,
    })),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

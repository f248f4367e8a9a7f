import { parseArgs } from 'node:util';
import { BenchmarkError } from '@latchkey/load';
import { type MeasuredOperation, OPERATIONS } from './operations.js';

/** What a run measures and how. */
export interface BenchmarkOptions {
  readonly operations: readonly MeasuredOperation[];
  /** How often everything is measured, in turn. */
  readonly repeats: number;
  /** How long each measurement takes, without its warming up. */
  readonly seconds: number;
  /** The same for `openssl speed`, which takes whole ones only. */
  readonly opensslSeconds: number;
  /** Decides the messages and when requests arrive. */
  readonly seed: number;
  /** Where the report is written as JSON; none: nowhere. */
  readonly jsonFile?: string;
}

/** Reads the command line; throws a {@link BenchmarkError} that says what is wrong with it. */
export function parseOptions(commandLine: readonly string[]): BenchmarkOptions {
  const values = parseCommandLine(commandLine);
  const defaults = values.quick === true ? QUICK : THOROUGH;
  const seconds = numberOf('seconds', values.seconds, 0.05, 60) ?? defaults.seconds;
  return {
    operations: operationsOf(values.operations),
    repeats: wholeNumberOf('repeats', values.repeats, 1, 1000) ?? defaults.repeats,
    seconds,
    opensslSeconds: Math.max(1, Math.round(seconds)),
    seed: wholeNumberOf('seed', values.seed, 0, 2 ** 32 - 1) ?? DEFAULT_SEED,
    ...(values.json !== undefined && { jsonFile: values.json }),
  };
}

const THOROUGH = { repeats: 5, seconds: 2 };
/** Under a minute for all operations. */
const QUICK = { repeats: 3, seconds: 0.3 };
const DEFAULT_SEED = 1;

function parseCommandLine(commandLine: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...commandLine],
      options: {
        quick: { type: 'boolean' },
        repeats: { type: 'string' },
        seconds: { type: 'string' },
        operations: { type: 'string' },
        seed: { type: 'string' },
        json: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new BenchmarkError((error as Error).message, { cause: error });
  }
}

function operationsOf(names: string | undefined): readonly MeasuredOperation[] {
  if (names === undefined) return OPERATIONS;
  const asked = new Set(names.split(','));
  const operations = OPERATIONS.filter(({ id }) => asked.delete(id));
  if (asked.size > 0) {
    const known = OPERATIONS.map(({ id }) => id).join(', ');
    throw new BenchmarkError(`--operations: ${[...asked].join(', ')} is not one of ${known}`);
  }
  return operations;
}

function numberOf(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new BenchmarkError(`--${name} must be a number from ${least} to ${most}`);
  return value;
}

function wholeNumberOf(
  name: string,
  text: string | undefined,
  least: number,
  most: number,
): number | undefined {
  const value = numberOf(name, text, least, most);
  if (value !== undefined && !Number.isInteger(value))
    throw new BenchmarkError(`--${name} must be a whole number`);
  return value;
}

import { parseArgs } from 'node:util';
import { BenchmarkError } from '@latchkey/load';
import { CASES, type MeasuredCase } from './cases.js';

/** What a run measures and how. */
export interface EdgeBenchmarkOptions {
  readonly cases: readonly MeasuredCase[];
  /** How often everything is measured, in turn. */
  readonly rounds: number;
  /** How often the servers take turns in a round. */
  readonly turns: number;
  /** Where the report is written as JSON; none: nowhere. */
  readonly jsonFile?: string;
}

/** Reads the command line; throws a {@link BenchmarkError} that says what is wrong with it. */
export function parseOptions(commandLine: readonly string[]): EdgeBenchmarkOptions {
  const values = parseCommandLine(commandLine);
  const { rounds, turns } = values.quick === true ? QUICK : THOROUGH;
  return {
    cases: casesOf(values.cases),
    rounds: values.rounds === undefined ? rounds : roundsOf(values.rounds),
    turns,
    ...(values.json !== undefined && { jsonFile: values.json }),
  };
}

const THOROUGH = { rounds: 9, turns: 10 };
/** Under a minute for all cases. */
const QUICK = { rounds: 5, turns: 4 };

function parseCommandLine(commandLine: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...commandLine],
      options: {
        quick: { type: 'boolean' },
        rounds: { type: 'string' },
        cases: { type: 'string' },
        json: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    throw new BenchmarkError((error as Error).message, { cause: error });
  }
}

function casesOf(names: string | undefined): readonly MeasuredCase[] {
  if (names === undefined) return CASES;
  const asked = new Set(names.split(','));
  const cases = CASES.filter(({ id }) => asked.delete(id));
  if (asked.size > 0) {
    const known = CASES.map(({ id }) => id).join(', ');
    throw new BenchmarkError(`--cases: ${[...asked].join(', ')} is not one of ${known}`);
  }
  return cases;
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000) return rounds;
  throw new BenchmarkError('--rounds must be a whole number from 1 to 1000');
}

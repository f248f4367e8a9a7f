import {
  compare,
  type Comparison,
  type LoadGenerators,
  type Report,
  takeProcessors,
  type Verdict,
  verdictOn,
} from '@latchkey/load';
import { UsageError } from '../../command-line/errors.js';
import { COMPARED, type ComparedBenchmark } from './benchmarks.js';
import type { Side } from './side.js';
import { ComparedSubject } from './subject.js';

/** What came of one benchmark. */
export interface ComparedResult {
  readonly id: string;
  readonly title: string;
  readonly threshold: number;
  /** CPU time for each operation in microseconds, pair by pair. */
  readonly base: readonly number[];
  readonly candidate: readonly number[];
  readonly comparison: Comparison;
  readonly verdict: Verdict;
}

/** How two versions are compared. */
export interface CompareOptions {
  /** Some of the benchmarks; none: all. */
  readonly benchmarks: readonly string[];
  /** How often each version is measured in each. */
  readonly rounds: number;
  /** How long each time. */
  readonly seconds: number;
  /** In the place of each benchmark's own. */
  readonly threshold: number | undefined;
  readonly seed: number;
  readonly onProgress: (text: string) => void;
}

/**
 * Compares two versions, or what was found of two.
 *
 * @throws {UsageError} when the one can be run and the other is a result, or when two results have nothing in common
 * @throws {BenchmarkError} when a server cannot be measured
 */
export function compareSides(
  base: Side,
  candidate: Side,
  options: CompareOptions,
): Promise<ComparedResult[]> | ComparedResult[] {
  if (base.type === 'checkout' && candidate.type === 'checkout')
    return compareCheckouts(base.program, candidate.program, options);
  if (base.type === 'report' && candidate.type === 'report')
    return compareReports(base.report, candidate.report, options);
  throw new UsageError('compare two versions or two results: there is no telling one from the other');
}

/** What two runs measured alike, on one machine one hopes. */
function compareReports(
  base: Report,
  candidate: Report,
  { threshold = 0.05, seed }: CompareOptions,
): ComparedResult[] {
  const results = base.measurements.flatMap(({ id, title, server }) => {
    const other = candidate.measurements.find((each) => each.id === id)?.server;
    if (server === undefined || other === undefined) return [];
    const pairs = Math.min(server.cpuPerOperation.length, other.cpuPerOperation.length);
    // One pair, or two, cannot be told from chance.
    if (pairs < 3) return [];
    const [ours, theirs] = [server, other].map(({ cpuPerOperation }) => cpuPerOperation.slice(0, pairs));
    return [resultOf({ id, title, threshold }, ours ?? [], theirs ?? [], seed)];
  });
  if (results.length === 0)
    throw new UsageError('the two results have no benchmark in common with three repeats in each');
  return results;
}

/** Both at work at the same time, measured in turn, who comes first changing every round: an idle one costs the other nothing. */
async function compareCheckouts(
  base: string,
  candidate: string,
  { benchmarks, rounds, seconds, threshold, seed, onProgress }: CompareOptions,
): Promise<ComparedResult[]> {
  const chosen = benchmarksOf(benchmarks);
  const processors = await takeProcessors();
  const subjects: ComparedSubject[] = [];
  try {
    for (const program of [base, candidate]) subjects.push(await ComparedSubject.start(program, processors));
    const results: ComparedResult[] = [];
    for (const benchmark of chosen) {
      onProgress(`${benchmark.title}: connecting`);
      const found = await measureInTurn(subjects, benchmark, { rounds, seconds, seed }, onProgress);
      const measured = threshold === undefined ? benchmark : { ...benchmark, threshold };
      results.push(resultOf(measured, ...found, seed));
    }
    return results;
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}

async function measureInTurn(
  subjects: readonly ComparedSubject[],
  benchmark: ComparedBenchmark,
  { rounds, seconds, seed }: Pick<CompareOptions, 'rounds' | 'seconds' | 'seed'>,
  onProgress: (text: string) => void,
): Promise<[number[], number[]]> {
  const found: [number[], number[]] = [[], []];
  const generators: LoadGenerators[] = [];
  try {
    for (const subject of subjects) generators.push(await subject.openGenerators(benchmark, seconds, seed));
    for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
      onProgress(`${benchmark.title}: ${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}`);
      for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const [subject, generator] = [subjects[side], generators[side]];
        if (subject === undefined || generator === undefined) continue;
        const cpu = await subject.cpuPerOperation(benchmark, generator);
        if (round >= 0) found[side].push(cpu);
      }
    }
    return found;
  } finally {
    for (const generator of generators) generator.close();
  }
}

/** Until code is compiled for speed. */
const WARM_UP_ROUNDS = 4;

function benchmarksOf(names: readonly string[]): readonly ComparedBenchmark[] {
  const unknown = names.find((name) => COMPARED.every(({ id }) => id !== name));
  if (unknown !== undefined)
    throw new UsageError(
      `--benchmark ${unknown}: expected one of ${COMPARED.map(({ id }) => id).join(', ')}`,
    );
  return names.length === 0 ? COMPARED : COMPARED.filter(({ id }) => names.includes(id));
}

function resultOf(
  { id, title, threshold }: Pick<ComparedBenchmark, 'id' | 'title' | 'threshold'>,
  base: readonly number[],
  candidate: readonly number[],
  seed: number,
): ComparedResult {
  const comparison = compare(base, candidate, seed);
  return { id, title, threshold, base, candidate, comparison, verdict: verdictOn(comparison, threshold) };
}

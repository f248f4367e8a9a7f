import { type ThreadTime, threadTimesOf } from '../cpu-time.js';
import type { ServerLoad } from '../report/report.js';
import { type GeneratorOptions, LoadGenerators } from './generator.js';
import type { GeneratorOrder } from './order.js';
import type { GeneratorResult } from './result.js';

/** A measurement of a server whose processes are on this machine. */
export interface MeasuredLoad {
  /** What was found; as good as nothing where there is a refusal. */
  readonly result: GeneratorResult;
  /** Why the result says more of the generator than of the server. What an operation costs the server holds nevertheless. */
  readonly refusal?: string;
  readonly server: ServerLoad;
}

/**
 * Measures a server and what it costs its processes.
 *
 * @param processIds of the server, on this machine
 * @param options.processes load generators that share the work; default: 1
 * @throws {BenchmarkError} when the server cannot be measured
 */
export async function measureLoad(
  order: GeneratorOrder,
  processIds: readonly number[],
  { processes = 1, ...options }: Pick<GeneratorOptions, 'onProgress'> & { readonly processes?: number } = {},
): Promise<MeasuredLoad> {
  const generators = await LoadGenerators.open(order, processes);
  try {
    return await measureWith(generators, processIds, options);
  } finally {
    generators.close();
  }
}

/** The same with generators that are connected. */
export async function measureWith(
  generators: LoadGenerators,
  processIds: readonly number[],
  options: Pick<GeneratorOptions, 'onProgress'> = {},
): Promise<MeasuredLoad> {
  let refusal: string | undefined;
  let before: readonly ThreadTime[] = [];
  let after: readonly ThreadTime[] = [];
  let wall = 0;
  const result = await generators.measure({
    ...options,
    onBottleneck: (reason) => (refusal = reason),
    onBegin: () => {
      before = processIds.flatMap(threadTimesOf);
      wall = performance.now();
    },
    onEnd: () => {
      after = processIds.flatMap(threadTimesOf);
      wall = performance.now() - wall;
    },
  });
  const earlier = new Map(before.map(({ id, cpu }) => [id, cpu]));
  const taken = after.map(({ id, name, cpu }) => ({ name, cpu: cpu - (earlier.get(id) ?? 0) }));
  return {
    result,
    ...(refusal !== undefined && { refusal }),
    server: {
      cpuPerOperation: [taken.reduce((sum, { cpu }) => sum + cpu, 0) / Math.max(result.total, 1)],
      threads: taken.map(({ name, cpu }) => ({ name, busy: cpu / (wall * 1000) })),
    },
  };
}

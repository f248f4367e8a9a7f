import {
  describeEnvironment,
  GeneratorBottleneckError,
  type GeneratorOrder,
  measureLoad,
  type Measurement,
  type Report,
} from '@latchkey/load';
import { titleOf } from './orders.js';
import type { Progress } from './progress.js';

/** What is measured and how. */
export interface BenchRun {
  readonly order: GeneratorOrder;
  readonly processes: number;
  /** The server's process on this machine, to see what it costs. */
  readonly serverProcess: number | undefined;
}

/**
 * Measures once and makes a report of it.
 *
 * @throws {BenchmarkError} when the server cannot be measured
 * @throws {GeneratorBottleneckError} when the generators could not do what is asked
 */
export async function measure(
  { order, processes, serverProcess }: BenchRun,
  progress: Progress,
  command: readonly string[],
): Promise<Report> {
  const { result, refusal, server } = await measureLoad(
    order,
    serverProcess === undefined ? [] : [serverProcess],
    { processes, onProgress: (point) => progress.show(point) },
  );
  progress.end();
  if (refusal !== undefined) throw new GeneratorBottleneckError(refusal);
  const { work, ...how } = order;
  const measurement: Measurement = {
    id: work.type,
    title: titleOf(work),
    group: 'Measured',
    pace: order.pace,
    result,
    ...(serverProcess !== undefined && { server }),
  };
  return {
    format: 'latchkey-bench-1',
    title: `Latchkey bench: ${titleOf(work)}`,
    date: new Date().toISOString(),
    command,
    seed: order.seed,
    environment: describeEnvironment(),
    configuration: { ...how, processes, work: withoutSecrets(work) },
    measurements: [measurement],
  };
}

/** The channel's key is nobody's business. */
function withoutSecrets(work: GeneratorOrder['work']): unknown {
  if (work.type !== 'operations') return work;
  const { key: _key, ...channel } = work.channel;
  return { ...work, channel };
}

import { type ChildProcess, fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BenchmarkError, confine, takeProcessors } from '@latchkey/load';
import { costOfBatch, defaultWorkers, type Machine } from '@latchkey/plan';
import { calibrate, measureBatches, startCalibrationServer } from 'latchkey/plan';
import { Meters } from './meters.js';
import { findRate } from './operating-points.js';
import { comeBeforeOthers, comeLast, letSessionComeFirst } from '../precedence.js';
import { compareSlices } from './prediction.js';
import { LoadBench, type Subject } from './served-load.js';
import { serveSlices, type Slice } from './slices.js';
import { formatComparisons } from './table.js';

/** What is measured and how. */
export interface PlanBenchmarkOptions {
  /** How often each load is measured, but for once more at first, which only says what to expect. */
  readonly slices: number;
  /** For how long each time. */
  readonly seconds: number;
  readonly seed: number;
  /** Where all figures are written as JSON; none: nowhere. */
  readonly jsonFile: string | undefined;
}

const SUBJECTS: readonly Subject[] = [
  { keyType: 'p-256', operation: 'ecdsa_sha256' },
  { keyType: 'rsa-2048', operation: 'rsa_pkcs1_sha256' },
];

/** Shares of the time of its processor that the key server uses, as `target.utilisation` of a scenario is. */
const LOADS = [0.3, 0.6, 0.8];

/**
 * Calibrates a key server that is confined to one processor, and holds what the simulation says of it at three loads beside
 * what a load generator on the other processor measures, in slices. Each slice is predicted twice: with what became of both
 * processors in the slice before it, and in itself.
 *
 * @throws {BenchmarkError} when something cannot be measured
 */
export async function runPlanBenchmark(options: PlanBenchmarkOptions): Promise<void> {
  const processors = await takeProcessors();
  if (processors === undefined)
    throw new BenchmarkError(
      'there is no taskset: install util-linux, so that the server has a processor of its own',
    );
  comeBeforeOthers();
  // The first: it is in a session of its own, for which others of ours would leave nothing until it has been put first.
  const server = await startCalibrationServer();
  let meters: Meters | undefined;
  let neighbour: ChildProcess | undefined;
  try {
    letSessionComeFirst(server.pid);
    await confine(server.pid, processors.server);
    meters = await Meters.start(processors);
    neighbour = await startNeighbour(processors.client);
    console.error('calibrating: operations in batches');
    await confine(process.pid, processors.server);
    const operations = await measureBatches();
    await confine(process.pid, processors.client);
    const calibration = await calibrate(server, (what) => console.error(`calibrating: ${what}`), operations);
    const { times } = calibration;
    const machine: Machine = { times, processors: 1, workers: defaultWorkers(availableParallelism()) };
    const measured = [];
    for (const subject of SUBJECTS) {
      const first =
        (LOADS[0] ?? 0) * (1e6 / (costOfBatch(operations[subject.keyType], 1) + times.request + times.turn));
      measured.push(
        ...(await measureLoads(await LoadBench.open(server, meters, subject), subject, first, options)),
      );
    }
    console.error('simulating');
    const comparisons = measured.map(({ subject, load, slices }) => ({
      keyType: subject.keyType,
      load,
      slices: compareSlices(machine, subject, slices),
    }));
    console.log(formatComparisons(comparisons));
    if (options.jsonFile !== undefined)
      await writeFile(options.jsonFile, `${JSON.stringify({ calibration, measured })}\n`);
  } finally {
    meters?.stop();
    neighbour?.kill();
    await server.stop();
  }
}

interface MeasuredLoad {
  readonly subject: Subject;
  readonly load: number;
  readonly slices: readonly Slice[];
}

/** @param first a rate to begin with */
async function measureLoads(
  bench: LoadBench,
  subject: Subject,
  first: number,
  { slices, seconds, seed }: PlanBenchmarkOptions,
): Promise<MeasuredLoad[]> {
  const measured: MeasuredLoad[] = [];
  try {
    // Until code is compiled for speed.
    const { busy } = await bench.serve({ rate: first, seconds: 1, warmUpSeconds: 1, seed });
    const known = [
      { rate: 0, busy: 0 },
      { rate: first, busy },
    ];
    for (const load of LOADS) {
      const rate = await findRate(bench, load, known);
      console.error(`${subject.keyType} at ${load * 100} %: about ${Math.round(rate)} a second`);
      // The first only says what is to be expected of the next.
      measured.push({
        subject,
        load,
        slices: await serveSlices(bench, load, rate, { slices: slices + 1, seconds, seed }),
      });
    }
    return measured;
  } finally {
    bench.close();
  }
}

async function startNeighbour(processor: number): Promise<ChildProcess> {
  const neighbour = fork(fileURLToPath(new URL('./neighbour.js', import.meta.url)), { execArgv: [] });
  if (neighbour.pid !== undefined) {
    await confine(neighbour.pid, processor);
    await comeLast(neighbour.pid);
  }
  return neighbour;
}

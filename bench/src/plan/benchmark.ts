import { type ChildProcess, fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BenchmarkError, confine, takeProcessors } from '@latchkey/load';
import { costOfBatch, defaultWorkers, type Machine } from '@latchkey/plan';
import { calibrate, measureBatches, startCalibrationServer } from 'latchkey/plan';
import { Meters } from './meters.js';
import { findOperatingPoints } from './operating-points.js';
import { comeBeforeOthers, comeLast, letSessionComeFirst } from '../precedence.js';
import { adjustMachine, foretell, predict } from './prediction.js';
import { LoadBench, type LoadOptions, type Subject } from './served-load.js';
import { type Comparison, formatComparisons, percentilesOf, type Repeat } from './table.js';

/** What is measured and how. */
export interface PlanBenchmarkOptions {
  /** How often each load is measured. */
  readonly repeats: number;
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
 * what a load generator on the other processor measures. Each load is predicted twice: before it is measured, with pauses of the
 * machine as the calibration saw them; and with what became of both processors during the measurement, played back.
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
    const bench = await LoadBench.open(server, meters);
    const comparisons: Comparison[] = [];
    for (const subject of SUBJECTS) {
      const { keyType } = subject;
      console.error(`calibrating: ${keyType} at loads of ${LOADS.map((load) => load * 100).join(', ')} %`);
      const first =
        (LOADS[0] ?? 0) * (1e6 / (costOfBatch(operations[keyType], 1) + times.request + times.turn));
      const points = await findOperatingPoints(bench, subject, LOADS, first);
      for (const { load, rate, served } of points) {
        console.error(`${keyType} at ${load * 100} %: ${Math.round(rate)} a second`);
        const adjusted = adjustMachine(machine, subject, rate, served.work);
        const once = (seed: number): LoadOptions => ({
          rate,
          seconds: options.seconds,
          warmUpSeconds: options.seconds / 5,
          seed,
        });
        const foretold = foretell(adjusted, subject, once(options.seed), served.edgeWork);
        const repeats: Repeat[] = [];
        for (let repeat = 0; repeat < options.repeats; repeat += 1) {
          const asked = once(options.seed + repeat);
          const { latencies, ...found } = await bench.serve(subject, asked);
          repeats.push({
            ...found,
            measured: { latency: percentilesOf(latencies), busy: found.busy },
            predicted: predict(adjusted, subject, asked, found),
          });
        }
        comparisons.push({ keyType, load, rate, work: served.work, foretold, repeats });
      }
    }
    console.log(formatComparisons(comparisons));
    if (options.jsonFile !== undefined)
      await writeFile(options.jsonFile, `${JSON.stringify({ calibration, comparisons }, undefined, 2)}\n`);
  } finally {
    meters?.stop();
    neighbour?.kill();
    await server.stop();
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

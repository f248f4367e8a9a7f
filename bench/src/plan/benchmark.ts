import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import {
  BenchmarkError,
  confine,
  generateLoad,
  type GeneratorOrder,
  type ProcessorPlan,
  takeProcessors,
} from '@latchkey/load';
import {
  defaultWorkers,
  type KeyType,
  type Machine,
  type Pauses,
  pausesOf,
  simulate,
  togetherWith,
} from '@latchkey/plan';
import { calibrate, type CalibrationServer, startCalibrationServer } from 'latchkey/plan';
import { measurePausesOf } from './pauses.js';
import { type Comparison, formatComparisons, type Percentiles, type Repeat } from './table.js';

/** What is measured and how. */
export interface PlanBenchmarkOptions {
  /** How often each load is measured. */
  readonly repeats: number;
  readonly seconds: number;
  readonly seed: number;
  /** Where all figures are written as JSON; none: nowhere. */
  readonly jsonFile: string | undefined;
}

const SUBJECTS = [
  { keyType: 'p-256', operation: 'ecdsa_sha256', depth: 512 },
  { keyType: 'rsa-2048', operation: 'rsa_pkcs1_sha256', depth: 64 },
] as const;

/** Of the measured top rate. */
const LOADS = [0.3, 0.6, 0.8];

/** Edges keep few connections to a key server. */
const CONNECTIONS = 2;

/** How long pauses are looked at before each measurement. */
const PAUSES_SECONDS = 2;

/**
 * Calibrates a key server that is confined to one processor, and holds what the simulation says of it at three loads beside
 * what a load generator on the other processor measures. What else runs on a machine comes and goes: pauses of both processors
 * are looked at anew before each measurement, and the prediction that it is held beside is made with those.
 *
 * @throws {BenchmarkError} when something cannot be measured
 */
export async function runPlanBenchmark(options: PlanBenchmarkOptions): Promise<void> {
  const processors = await takeProcessors();
  if (processors === undefined)
    throw new BenchmarkError(
      'there is no taskset: install util-linux, so that the server has a processor of its own',
    );
  const server = await startCalibrationServer();
  try {
    await confine(server.pid, processors.server);
    const calibration = await calibrate(server, (what) => console.error(`calibrating: ${what}`));
    const comparisons: Comparison[] = [];
    for (const subject of SUBJECTS) {
      const topRate = await measureTopRate(server, subject, options);
      for (const load of LOADS) {
        console.error(`${subject.keyType} at ${load * 100} % of ${Math.round(topRate)} a second`);
        const rate = topRate * load;
        const repeats: Repeat[] = [];
        for (let repeat = 0; repeat < options.repeats; repeat += 1) {
          const seed = options.seed + repeat;
          const found = await measureOnce(server, subject, rate, processors, { ...options, seed });
          const times = { ...calibration.times, pauses: found.pauses.server };
          const machine = { times, processors: 1, workers: defaultWorkers(availableParallelism()) };
          repeats.push({
            ...found,
            predicted: predict(machine, subject.keyType, rate, found.pauses.client, seed),
          });
        }
        comparisons.push({ keyType: subject.keyType, load, rate, repeats });
      }
    }
    console.log(formatComparisons(comparisons));
    if (options.jsonFile !== undefined)
      await writeFile(options.jsonFile, `${JSON.stringify({ calibration, comparisons }, undefined, 2)}\n`);
  } finally {
    await server.stop();
  }
}

async function measureOnce(
  server: CalibrationServer,
  subject: Subject,
  rate: number,
  processors: ProcessorPlan,
  { seconds, seed }: PlanBenchmarkOptions,
): Promise<Omit<Repeat, 'predicted'>> {
  const [serverPauses = NEVER, clientPauses = NEVER] = await measurePausesOf(
    [processors.server, processors.client],
    PAUSES_SECONDS * 1000,
  );
  const order = orderFor(server, subject, openLoop(rate), seconds, seed);
  let doubt: string | undefined;
  const { latency, generator } = await generateLoad(order, { onBottleneck: (reason) => (doubt = reason) });
  if (doubt !== undefined) console.error(`  take this one with care: ${doubt}`);
  const collections = pausesOf(
    generator.collections.map((milliseconds) => milliseconds * 1000),
    order.seconds + order.warmUpSeconds,
  );
  return {
    measured: { p50: latency.p50, p99: latency.p99 },
    pauses: { server: serverPauses, client: togetherWith(clientPauses, collections) },
  };
}

const NEVER: Pauses = { perSecond: 0, microseconds: [0] };

function openLoop(rate: number): GeneratorOrder['pace'] {
  return { type: 'open_loop', rate, arrivals: 'poisson' };
}

type Subject = (typeof SUBJECTS)[number];

async function measureTopRate(
  server: CalibrationServer,
  subject: Subject,
  { seconds, seed }: PlanBenchmarkOptions,
): Promise<number> {
  const order = orderFor(server, subject, { type: 'closed_loop' }, seconds, seed);
  // Whether the client is busy as well does not matter: what is a load is said in what this measures.
  const { rate } = await generateLoad(order, { onBottleneck: () => {} });
  return rate;
}

function orderFor(
  { channel, publicKeys }: CalibrationServer,
  { keyType, operation, depth }: Subject,
  pace: GeneratorOrder['pace'],
  seconds: number,
  seed: number,
): GeneratorOrder {
  return {
    work: {
      type: 'operations',
      channel,
      kinds: [{ label: keyType, operation, publicKey: publicKeys[keyType] }],
      connections: CONNECTIONS,
      // In an open loop nothing that is due must have to wait for room.
      depth: pace.type === 'open_loop' ? 8192 : depth,
      records: 'shared',
    },
    pace,
    seconds,
    warmUpSeconds: seconds / 5,
    seed,
  };
}

function predict(
  machine: Machine,
  keyType: KeyType,
  rate: number,
  clientPauses: Pauses,
  seed: number,
): Percentiles {
  const { groups } = simulate({
    edges: [{ edges: 1, operations: { [keyType]: rate }, roundTrip: 0, keyServers: 0 }],
    keyServers: [{ machine, count: 1 }],
    seconds: PREDICTED_SECONDS,
    seed,
    edgePauses: clientPauses,
  });
  const latencies = groups[0]?.[0]?.latencies;
  return { p50: latencies?.percentile(50) ?? Infinity, p99: latencies?.percentile(99) ?? Infinity };
}

/** As long as it takes for the percentile not to be a matter of luck. */
const PREDICTED_SECONDS = 20;

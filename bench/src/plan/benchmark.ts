import { type ChildProcess, fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  BenchmarkError,
  confine,
  generateLoad,
  type GeneratorOrder,
  LatencyHistogram,
  LoadGenerators,
  takeProcessors,
} from '@latchkey/load';
import {
  defaultWorkers,
  type KeyType,
  type Machine,
  type Pause,
  type Pauses,
  simulate,
  type SimulationResult,
} from '@latchkey/plan';
import { calibrate, type CalibrationServer, measureBatches, startCalibrationServer } from 'latchkey/plan';
import { joinPauses, PauseMeters } from './pauses.js';
import { comeBeforeOthers, comeLast, letSessionComeFirst } from '../precedence.js';
import { type Comparison, formatComparisons, percentilesOf, type Prediction, type Repeat } from './table.js';

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

/**
 * Calibrates a key server that is confined to one processor, and holds what the simulation says of it at three loads beside
 * what a load generator on the other processor measures. Each load is predicted twice: before it is measured, with pauses of the
 * machine as the calibration saw them; and with those that both processors had during the measurement, played back.
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
  let meters: PauseMeters | undefined;
  let neighbour: ChildProcess | undefined;
  try {
    letSessionComeFirst(server.pid);
    await confine(server.pid, processors.server);
    meters = await PauseMeters.start([processors.server, processors.client]);
    neighbour = await startNeighbour(processors.client);
    console.error('calibrating: operations in batches');
    await confine(process.pid, processors.server);
    const operations = await measureBatches();
    await confine(process.pid, processors.client);
    const calibration = await calibrate(server, (what) => console.error(`calibrating: ${what}`), operations);
    const { times } = calibration;
    const machine: Machine = { times, processors: 1, workers: defaultWorkers(availableParallelism()) };
    const comparisons: Comparison[] = [];
    for (const subject of SUBJECTS) {
      const { keyType } = subject;
      const top = await measureTop(server, subject, options);
      for (const load of LOADS) {
        console.error(`${keyType} at ${load * 100} % of ${Math.round(top.rate)} a second`);
        const rate = top.rate * load;
        const foretold = predict(
          machine,
          keyType,
          rate,
          { ...top, pauses: { edges: times.pauses } },
          options,
        );
        const repeats: Repeat[] = [];
        for (let repeat = 0; repeat < options.repeats; repeat += 1) {
          const once = { ...options, seed: options.seed + repeat };
          const found = await measureOnce(server, meters, subject, rate, once);
          repeats.push({ ...found, predicted: predict(machine, keyType, rate, found, once) });
        }
        comparisons.push({ keyType, load, rate, foretold, repeats });
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

async function measureOnce(
  server: CalibrationServer,
  meters: PauseMeters,
  subject: Subject,
  rate: number,
  { seconds, seed }: PlanBenchmarkOptions,
): Promise<Omit<Repeat, 'predicted'>> {
  const order = orderFor(server, subject, openLoop(rate), seconds, seed);
  const generators = await LoadGenerators.open(order);
  try {
    let watched: Promise<Pause[][]> = Promise.resolve([]);
    let doubt: string | undefined;
    let [cpu, wall] = [0, 0];
    const collectionsBefore = server.collections().length;
    const { latency, generator } = await generators.measure({
      onBegin: () => {
        watched = meters.watch((order.seconds + order.warmUpSeconds) * 1000);
        [cpu, wall] = [server.cpuTime(), performance.now()];
      },
      onEnd: () => ([cpu, wall] = [server.cpuTime() - cpu, (performance.now() - wall) * 1000]),
      onBottleneck: (reason) => (doubt = reason),
    });
    if (doubt !== undefined) console.error(`  take this one with care: ${doubt}`);
    const [atServer = [], atClient = []] = await watched;
    const collections = generator.collections.map(({ at, duration }) => ({
      begin: at * 1000,
      end: (at + duration) * 1000,
    }));
    return {
      measured: {
        latency: percentilesOf(LatencyHistogram.parse(latency.histogram)),
        busy: cpu / (wall - lengthOf(atServer)),
      },
      pauses: { server: atServer, edges: joinPauses(atClient, collections) },
      collections: server.collections().slice(collectionsBefore),
      away: lengthOf(atServer) / wall,
      edgeWork: generator.cpuPerRequest,
      latenessP99: generator.latenessP99,
    };
  } finally {
    generators.close();
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

function lengthOf(pauses: readonly Pause[]): number {
  return pauses.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

function openLoop(rate: number): GeneratorOrder['pace'] {
  return { type: 'open_loop', rate, arrivals: 'poisson' };
}

type Subject = (typeof SUBJECTS)[number];

async function measureTop(
  server: CalibrationServer,
  subject: Subject,
  { seconds, seed }: PlanBenchmarkOptions,
): Promise<{ readonly rate: number; readonly edgeWork: number }> {
  const order = orderFor(server, subject, { type: 'closed_loop' }, seconds, seed);
  // Whether the client is busy as well does not matter: what is a load is said in what this measures.
  const { rate, generator } = await generateLoad(order, { onBottleneck: () => {} });
  return { rate, edgeWork: generator.cpuPerRequest };
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
      // Where requests come one by one each is in a record of its own; so the top rate is to be measured, too.
      records: 'one_request',
    },
    pace,
    seconds,
    warmUpSeconds: warmUpOf(seconds),
    seed,
  };
}

function warmUpOf(seconds: number): number {
  return seconds / 5;
}

/** What is known of both machines besides the calibration. */
interface Disturbances {
  readonly pauses: {
    /** None: those of the calibration. */
    readonly server?: readonly Pause[];
    readonly edges: readonly Pause[] | Pauses | undefined;
  };
  readonly edgeWork: number;
}

function predict(
  machine: Machine,
  keyType: KeyType,
  rate: number,
  { pauses, edgeWork }: Disturbances,
  { seconds, seed }: PlanBenchmarkOptions,
): Prediction {
  const latencies = new LatencyHistogram();
  const results: SimulationResult[] = [];
  for (let play = 0; play < PLAYS; play += 1) {
    const result = simulate({
      edges: [{ edges: 1, operations: { [keyType]: rate }, roundTrip: 0, keyServers: 0 }],
      keyServers: [{ machine, count: 1, ...(pauses.server && { pauses: pauses.server }) }],
      seconds,
      warmUpSeconds: warmUpOf(seconds),
      seed: seed * PLAYS + play,
      ...(pauses.edges && { edgePauses: pauses.edges }),
      edgeWork,
    });
    results.push(result);
    for (const found of result.groups[0] ?? []) latencies.merge(found.latencies);
  }
  const busy = results.reduce((sum, { utilisation }) => sum + (utilisation[0] ?? 0), 0) / PLAYS;
  return { latency: percentilesOf(latencies), busy };
}

/** With other arrivals each time: enough for a percentile not to be a matter of luck. */
const PLAYS = 5;

import {
  type GeneratorOrder,
  LatencyHistogram,
  LoadGenerators,
  type ThreadTime,
  threadTimesOf,
} from '@latchkey/load';
import type { KeyType, Pause, SpeedChange } from '@latchkey/plan';
import type { CalibrationServer } from 'latchkey/plan';
import { joinPauses, meanSpeed, medianOf, type Meters, speedsOf, type Watched } from './meters.js';

/** What a key server is asked for. */
export interface Subject {
  readonly keyType: Extract<KeyType, 'p-256' | 'rsa-2048'>;
  readonly operation: 'ecdsa_sha256' | 'rsa_pkcs1_sha256';
}

/** How it is asked. */
export interface LoadOptions {
  /** Operations per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Decides when they are due. */
  readonly seed: number;
}

/** What a key server did with what it was asked for, and what became of the machine meanwhile. */
export interface ServedLoad {
  readonly latencies: LatencyHistogram;
  /** The share of its processor's time that it used, of what pauses and the meter left of it. */
  readonly busy: number;
  /** The same if its processor had been as fast as at speed 1 all the time. */
  readonly work: number;
  /**
   * When both ends were kept from their processors, by whatever it was, and when the load generator collected garbage; in microseconds
   * since the beginning.
   */
  readonly pauses: { readonly server: readonly Pause[]; readonly edges: readonly Pause[] };
  /** How fast the server's processor was, for what the meter left of it. */
  readonly speeds: readonly SpeedChange[];
  /** How long the server collected garbage each time, in microseconds: predictions have their own, from the calibration. */
  readonly collections: readonly number[];
  /** The share of the time in which the server's processor stood still, or others kept the server from it. */
  readonly away: number;
  /** CPU time that an operation took the load generator, in microseconds. */
  readonly edgeWork: number;
  /** Of the load generator: the 99th percentile of how much too late it sent, in milliseconds. */
  readonly latenessP99: number;
}

/** A key server on one processor, and a load generator on another. */
export class LoadBench {
  readonly #server: CalibrationServer;
  readonly #meters: Meters;
  /** How long a probe takes at speed 1, in microseconds. */
  readonly #reference: number;
  /** Those of the server that work for what it is asked for, as was seen the last time. */
  #threads: readonly number[] = [];

  /** What speed 1 is for all that is measured here is how fast the server's processor is now, in half a second. */
  static async open(server: CalibrationServer, meters: Meters): Promise<LoadBench> {
    const worker = { processId: server.pid, threads: [] };
    const { server: seen } = await meters.watch(500, { server: worker, client: worker });
    return new LoadBench(server, meters, medianOf(seen.probes.map(({ took }) => took)));
  }

  private constructor(server: CalibrationServer, meters: Meters, reference: number) {
    this.#server = server;
    this.#meters = meters;
    this.#reference = reference;
  }

  /** Asks for operations in an open loop, as many visitors do. */
  async serve(subject: Subject, options: LoadOptions): Promise<ServedLoad> {
    const server = this.#server;
    const generators = await LoadGenerators.open(orderFor(server, subject, options));
    const [generator = 0] = generators.processIds;
    try {
      const workers = {
        server: { processId: server.pid, threads: this.#threads },
        client: { processId: generator, threads: [generator] },
      };
      const threadsBefore = threadTimesOf(server.pid);
      let watched: Promise<Watched> | undefined;
      let [cpu, wall] = [0, 0];
      const collectionsBefore = server.collections().length;
      const result = await generators.measure({
        onBegin: () => {
          watched = this.#meters.watch((options.seconds + options.warmUpSeconds) * 1000, workers);
          [cpu, wall] = [server.cpuTime(), performance.now()];
        },
        onEnd: () => ([cpu, wall] = [server.cpuTime() - cpu, (performance.now() - wall) * 1000]),
        onBottleneck: (reason) => console.error(`  take this one with care: ${reason}`),
      });
      const seen = await watched;
      this.#threads = workingThreads(threadsBefore, threadTimesOf(server.pid));
      const serverPauses = joinPauses(seen?.server.pauses ?? [], seen?.server.waits ?? []);
      const awake = wall - lengthOf(serverPauses);
      const left = awake - (seen?.server.used ?? 0);
      const speeds = speedsOf(seen?.server.probes ?? [], (this.#reference * left) / awake);
      const collections = result.generator.collections.map(({ at, duration }) => ({
        begin: at * 1000,
        end: (at + duration) * 1000,
      }));
      const busy = cpu / left;
      return {
        latencies: LatencyHistogram.parse(result.latency.histogram),
        busy,
        work: busy * meanSpeed(speeds),
        pauses: {
          server: serverPauses,
          edges: joinPauses(seen?.client.pauses ?? [], seen?.client.waits ?? [], collections),
        },
        speeds,
        collections: server.collections().slice(collectionsBefore),
        away: lengthOf(serverPauses) / wall,
        edgeWork: result.generator.cpuPerRequest,
        latenessP99: result.generator.latenessP99,
      };
    } finally {
      generators.close();
    }
  }
}

/** The first thread, and those that had as much of the processor as a worker has: helpers of V8's have a hundredth. */
function workingThreads(before: readonly ThreadTime[], after: readonly ThreadTime[]): number[] {
  const earlier = new Map(before.map(({ id, cpu }) => [id, cpu]));
  const took = after.map(({ id, cpu }) => ({ id, cpu: cpu - (earlier.get(id) ?? 0) }));
  const whole = took.reduce((sum, { cpu }) => sum + cpu, 0);
  return took.flatMap(({ id, cpu }, index) => (index === 0 || cpu > whole / 10 ? [id] : []));
}

/** Edges keep few connections to a key server. */
const CONNECTIONS = 2;
/** Nothing that is due must have to wait for room. */
const DEPTH = 8192;

function orderFor(
  { channel, publicKeys }: CalibrationServer,
  { keyType, operation }: Subject,
  { rate, seconds, warmUpSeconds, seed }: LoadOptions,
): GeneratorOrder {
  return {
    work: {
      type: 'operations',
      channel,
      kinds: [{ label: keyType, operation, publicKey: publicKeys[keyType] }],
      connections: CONNECTIONS,
      depth: DEPTH,
      // As where nothing is known of the next one yet.
      records: 'one_request',
    },
    pace: { type: 'open_loop', rate, arrivals: 'poisson' },
    seconds,
    warmUpSeconds,
    seed,
  };
}

function lengthOf(pauses: readonly Pause[]): number {
  return pauses.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

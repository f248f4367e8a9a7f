import {
  BenchmarkError,
  type GeneratorOrder,
  LoadGenerators,
  type ThreadTime,
  threadTimesOf,
} from '@latchkey/load';
import type { KeyType, Pause, SpeedChange } from '@latchkey/plan';
import type { CalibrationServer } from 'latchkey/plan';
import { joinPauses, medianOf, type Meters, sinceThen, speedsOf, type Watched } from './meters.js';

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
  /** As {@link LatencyHistogram} writes them. */
  readonly latencies: string;
  /** Operations, warming up included. */
  readonly requests: number;
  /** The share of its processor's time that the threads of the server that work used, of what others and pauses left of it. */
  readonly busy: number;
  /**
   * When both ends were kept from their processors, by whatever it was, the meters too, and when the load generator collected garbage;
   * in microseconds since the beginning.
   */
  readonly pauses: { readonly server: readonly Pause[]; readonly edges: readonly Pause[] };
  /** How fast the server's processor was. */
  readonly speeds: readonly SpeedChange[];
  /** How long the server stood still to collect garbage each time, in microseconds. */
  readonly collections: readonly number[];
  /** The share of the time in which the server's processor stood still, or others kept the server from it. */
  readonly away: number;
  /** The share of the time of the server's processor that the meter took. */
  readonly metering: number;
  /** CPU time that an operation took the load generator, in microseconds. */
  readonly edgeWork: number;
  /** Of the load generator: the 99th percentile of how much too late it sent, in milliseconds. */
  readonly latenessP99: number;
}

/** A key server on one processor, and a load generator on another that asks it for operations of one kind. */
export class LoadBench {
  readonly #server: CalibrationServer;
  readonly #meters: Meters;
  readonly #generators: LoadGenerators;
  /** How long a probe takes at speed 1, in microseconds. */
  readonly #reference: number;
  /** Those of the server that work for what it is asked for, as was seen the last time. */
  #threads: readonly number[] = [];

  /** What speed 1 is for all that is measured here is how fast the server's processor is now, in half a second. */
  static async open(server: CalibrationServer, meters: Meters, subject: Subject): Promise<LoadBench> {
    const worker = { processId: server.pid, threads: [] };
    const { server: seen } = await meters.watch(500, { server: worker, client: worker });
    const reference = medianOf(seen.probes.map(({ took }) => took));
    return new LoadBench(server, meters, await LoadGenerators.open(orderFor(server, subject)), reference);
  }

  private constructor(
    server: CalibrationServer,
    meters: Meters,
    generators: LoadGenerators,
    reference: number,
  ) {
    this.#server = server;
    this.#meters = meters;
    this.#generators = generators;
    this.#reference = reference;
  }

  /** Asks for operations in an open loop, as many visitors do. */
  async serve({ rate, seconds, warmUpSeconds, seed }: LoadOptions): Promise<ServedLoad> {
    const server = this.#server;
    const [generator = 0] = this.#generators.processIds;
    const workers = {
      server: { processId: server.pid, threads: this.#threads },
      client: { processId: generator, threads: [generator] },
    };
    let watched: Promise<Watched> | undefined;
    let before: readonly ThreadTime[] = [];
    let after: readonly ThreadTime[] = [];
    let wall = 0;
    const collectionsBefore = server.collections().length;
    const result = await this.#generators.measure({
      timing: { pace: { type: 'open_loop', rate, arrivals: 'poisson' }, seconds, warmUpSeconds, seed },
      onBegin: () => {
        watched = this.#meters.watch((seconds + warmUpSeconds + DELAY) * 1000, workers);
        [before, wall] = [threadTimesOf(server.pid), performance.now()];
      },
      onEnd: () => ([after, wall] = [threadTimesOf(server.pid), (performance.now() - wall) * 1000]),
      onBottleneck: (reason) => console.error(`  take this one with care: ${reason}`),
    });
    if (watched === undefined) throw new BenchmarkError('the load generator has not begun');
    const { server: seen, client } = sinceThen(await watched, result.generator.beganAt * 1000);
    const working = workingThreads(before, after);
    this.#threads = working.map(({ id }) => id);
    const serverPauses = joinPauses(seen.pauses, seen.looks, seen.waits);
    const left = wall - lengthOf(serverPauses);
    const collections = result.generator.collections.map(({ at, duration }) => ({
      begin: at * 1000,
      end: (at + duration) * 1000,
    }));
    return {
      latencies: result.latency.histogram,
      requests: result.total,
      busy: working.reduce((sum, { cpu }) => sum + cpu, 0) / left,
      pauses: {
        server: serverPauses,
        edges: joinPauses(client.pauses, client.looks, client.waits, collections),
      },
      speeds: speedsOf(seen.probes, this.#reference),
      collections: server
        .collections()
        .slice(collectionsBefore)
        .map(({ standstill }) => standstill),
      away: lengthOf(joinPauses(seen.pauses, seen.waits)) / wall,
      metering: lengthOf(seen.looks) / wall,
      edgeWork: result.generator.cpuPerRequest,
      latenessP99: result.generator.latenessP99,
    };
  }

  /** Ends the load generator. */
  close(): void {
    this.#generators.close();
  }
}

/**
 * What the first thread had of the processor meanwhile, and those that had as much of it as a worker has. Helpers of V8's have a
 * hundredth, and what they keep the others from counts as waiting.
 */
function workingThreads(before: readonly ThreadTime[], after: readonly ThreadTime[]): ThreadTime[] {
  const earlier = new Map(before.map(({ id, cpu }) => [id, cpu]));
  const took = after.map((thread) => ({ ...thread, cpu: thread.cpu - (earlier.get(thread.id) ?? 0) }));
  const whole = took.reduce((sum, { cpu }) => sum + cpu, 0);
  return took.filter(({ cpu }, index) => index === 0 || cpu > whole / 10);
}

/** Until the load generator has begun, in seconds, at most. */
const DELAY = 0.05;
/** Edges keep few connections to a key server. */
const CONNECTIONS = 2;
/** Nothing that is due must have to wait for room. */
const DEPTH = 8192;

function orderFor(
  { channel, publicKeys }: CalibrationServer,
  { keyType, operation }: Subject,
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
    // Each time it is asked has timing of its own.
    pace: { type: 'closed_loop' },
    seconds: 1,
    warmUpSeconds: 0,
    seed: 1,
  };
}

function lengthOf(pauses: readonly Pause[]): number {
  return pauses.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

import {
  type GeneratorOrder,
  type HandshakesOrder,
  measureLoad,
  type MeasuredLoad,
  type Measurement,
  type OperationsOrder,
  type Pace,
  type ProcessorPlan,
  spreadOf,
} from '@latchkey/load';
import type { KeyAlgorithm } from 'latchkey/pki';
import { ApplicationSubject } from '../edge/subject.js';
import { measureOpenssl } from '../server/openssl-speed.js';
import { type MeasuredOperation, OPERATIONS } from '../server/operations.js';
import { batchesSince, readBatchSizes } from './batch-sizes.js';
import type { SuiteDeployment } from './deployment.js';

/** How the suite is run. */
export interface SuiteOptions {
  readonly repeats: number;
  /** How long each measurement takes. */
  readonly seconds: number;
  readonly seed: number;
  readonly processors: ProcessorPlan | undefined;
  /** Hears what is measured next. */
  readonly onProgress: (text: string) => void;
}

/** Round-trip times between edge and key server that visitors are measured at, in milliseconds. */
const DISTANCES = [0, 10, 50, 200];
/** Shares of the top rate that latencies are measured at. */
const LOADS = [0.1, 0.3, 0.5, 0.7, 0.85];
/** Few visitors come to a far place: so many times as long, their percentiles mean something. */
const LONGER = 6;
/** How often a load that comes at a rate of its own is measured at most until the generator was in time. */
const ATTEMPTS = 3;
const CLOSED: Pace = { type: 'closed_loop' };

/** Measures a key server by operation, its latencies over load, an edge's handshakes, and what distance adds to them. */
export async function runSuite(deployment: SuiteDeployment, options: SuiteOptions): Promise<Measurement[]> {
  const suite = new Suite(deployment, options);
  const operations = await suite.operations();
  return [
    ...operations,
    ...(await suite.latencyOverLoad(operations)),
    ...(await suite.handshakes()),
    ...(await suite.distances()),
  ];
}

class Suite {
  readonly #deployment: SuiteDeployment;
  readonly #options: SuiteOptions;

  constructor(deployment: SuiteDeployment, options: SuiteOptions) {
    this.#deployment = deployment;
    this.#options = options;
  }

  /** The key server with as much to do as it can, beside `openssl speed`. */
  async operations(): Promise<Measurement[]> {
    const { keyServer, metricsUrl } = this.#deployment;
    const { processors } = this.#options;
    const measurements: Measurement[] = [];
    for (const operation of OPERATIONS) {
      const { id, title, signature } = operation;
      const before = await readBatchSizes(metricsUrl);
      const speeds: number[] = [];
      const repeats = await this.#repeat(
        title,
        this.#operationsOrder(operation),
        CLOSED,
        [keyServer.pid],
        async () => {
          if (signature === undefined) return;
          speeds.push((await measureOpenssl(signature.opensslAlgorithm, 1, processors)).cpu);
        },
      );
      const batchSizes = batchesSince(before, await readBatchSizes(metricsUrl));
      const measurement = together(repeats, {
        id: `key server ${id}`,
        title,
        group: 'Key server, top rate',
        pace: CLOSED,
      });
      measurements.push({
        ...measurement,
        ...(measurement.server && { server: { ...measurement.server, batchSizes } }),
        ...(speeds.length > 0 && { baseline: baselineOf('openssl speed', repeats, speeds) }),
      });
    }
    return measurements;
  }

  /** Latencies of two operations at shares of the rate that was the top. */
  async latencyOverLoad(operations: readonly Measurement[]): Promise<Measurement[]> {
    const measurements: Measurement[] = [];
    for (const operation of OPERATIONS.filter(({ id }) => id === 'p-256' || id === 'rsa-2048')) {
      const { id, title } = operation;
      const top = operations.find((each) => each.id === `key server ${id}`)?.result?.rate;
      if (top === undefined) continue;
      for (const load of LOADS) {
        const pace: Pace = {
          type: 'open_loop',
          rate: Math.max(1, Math.round(top * load)),
          arrivals: 'poisson',
        };
        const what = `${title} at ${Math.round(load * 100)} %`;
        const order = this.#operationsOrder(operation);
        const measured = await this.#measure(what, order, pace, [this.#deployment.keyServer.pid]);
        const name = {
          id: `key server ${id} at ${load}`,
          title: what,
          group: 'Key server, over load',
          series: title,
          pace,
        };
        measurements.push(together([measured], name));
      }
    }
    return measurements;
  }

  /** Visitors of the edge with keys on the key server, and of Node's own https with the key, in turn. */
  async handshakes(): Promise<Measurement[]> {
    const measurements: Measurement[] = [];
    for (const { version, resumed, algorithm } of HANDSHAKES) {
      const title = `${version.replace('v', ' ')}, ${resumed ? 'resumed' : 'full'}, ${algorithm.toUpperCase()}`;
      const node = await this.#startNode(algorithm);
      const visitors = (port: number): HandshakesOrder => ({
        type: 'handshakes',
        host: '127.0.0.1',
        port,
        serverName: `${algorithm}.localhost`,
        version,
        resumedShare: resumed ? 1 : 0,
        concurrency: 64,
      });
      const baseline: MeasuredLoad[] = [];
      try {
        const repeats = await this.#repeat(
          title,
          visitors(this.#deployment.edge.port),
          CLOSED,
          [this.#deployment.edge.pid],
          async () => {
            baseline.push(
              await this.#measure(`${title}, Node's https`, visitors(node.port), CLOSED, [node.processId]),
            );
          },
        );
        const id = `edge ${version} ${algorithm} ${resumed ? 'resumed' : 'full'}`;
        measurements.push({
          ...together(repeats, { id, title, group: "Edge, visitors' handshakes", pace: CLOSED }),
          baseline: baselineOf("Node's https with the key", repeats, baseline.map(cpuOf)),
        });
      } finally {
        await node.stop();
      }
    }
    return measurements;
  }

  /** What visitors wait for with the key server at a distance. */
  async distances(): Promise<Measurement[]> {
    const { edge, relay } = this.#deployment;
    const measurements: Measurement[] = [];
    // One visitor after the other: who comes while the generator is at work for another is late by its fault.
    const pace: Pace = { type: 'open_loop', rate: 50, arrivals: 'constant' };
    for (const distance of DISTANCES) {
      for (const resumed of [false, true]) {
        relay.roundTripTime = distance;
        const kind = resumed ? 'resumed' : 'full';
        const title = `${distance} ms away, ${kind}`;
        const visitors: HandshakesOrder = {
          type: 'handshakes',
          host: '127.0.0.1',
          port: edge.port,
          serverName: 'p-256.localhost',
          version: 'TLSv1.3',
          resumedShare: resumed ? 1 : 0,
          concurrency: 1000,
        };
        const measured = await this.#measure(title, visitors, pace, [edge.pid], LONGER);
        measurements.push(
          together([measured], {
            id: `distance ${distance} ${kind}`,
            title,
            group: 'Edge far from its key server',
            pace,
          }),
        );
      }
    }
    relay.roundTripTime = 0;
    return measurements;
  }

  #operationsOrder({ signature, records, inFlight }: MeasuredOperation): OperationsOrder {
    const { channel } = this.#deployment;
    const kind =
      signature === undefined
        ? { label: 'ping', operation: 'ping' as const }
        : {
            label: signature.scheme,
            operation: signature.scheme,
            publicKey: this.#deployment.publicKey(signature.keyAlgorithm),
          };
    return { type: 'operations', channel, kinds: [kind], connections: 2, depth: inFlight, records };
  }

  async #repeat(
    title: string,
    work: GeneratorOrder['work'],
    pace: Pace,
    processIds: readonly number[],
    inTurnWith: () => Promise<void>,
  ): Promise<MeasuredLoad[]> {
    const measured: MeasuredLoad[] = [];
    while (measured.length < this.#options.repeats) {
      await inTurnWith();
      measured.push(await this.#measure(title, work, pace, processIds));
    }
    return measured;
  }

  async #measure(
    title: string,
    work: GeneratorOrder['work'],
    pace: Pace,
    processIds: readonly number[],
    longer = 1,
  ): Promise<MeasuredLoad> {
    const { seed, onProgress } = this.#options;
    const seconds = this.#options.seconds * longer;
    onProgress(title);
    for (let attempt = 1; ; attempt += 1) {
      const measured = await measureLoad(
        { work, pace, seconds, warmUpSeconds: seconds / 4, seed },
        processIds,
        {
          onProgress: ({ rate, p50, p99 }) =>
            onProgress(
              `${title}: ${Math.round(rate)}/s, p50 ${p50.toPrecision(3)} ms, p99 ${p99.toPrecision(3)} ms`,
            ),
        },
      );
      // A stall of the machine that made the generator late says nothing of the server; the next time there may be none.
      if (measured.refusal === undefined || pace.type === 'closed_loop' || attempt === ATTEMPTS)
        return measured;
    }
  }

  async #startNode(algorithm: KeyAlgorithm): Promise<ApplicationSubject> {
    const { certificateChainPem: certificateChain, keyPem: key } = this.#deployment.site(algorithm);
    const order = {
      kind: 'node',
      protocol: 'http/1.1',
      serverName: undefined,
      certificateChain,
      key,
    } as const;
    return ApplicationSubject.start(order, this.#options.processors);
  }
}

const HANDSHAKES = [
  { version: 'TLSv1.3', algorithm: 'p-256', resumed: false },
  { version: 'TLSv1.3', algorithm: 'rsa-2048', resumed: false },
  { version: 'TLSv1.2', algorithm: 'p-256', resumed: false },
  { version: 'TLSv1.3', algorithm: 'p-256', resumed: true },
  { version: 'TLSv1.2', algorithm: 'p-256', resumed: true },
] as const;

/** The repeats of one measurement: figures of the one in the middle by rate, and what all of them cost. */
function together(
  repeats: readonly MeasuredLoad[],
  name: Pick<Measurement, 'id' | 'title' | 'group' | 'pace' | 'series'>,
): Measurement {
  const cpuPerOperation = repeats.map(cpuOf);
  const good = repeats.filter(({ refusal }) => refusal === undefined);
  const shown = good.toSorted((one, other) => one.result.rate - other.result.rate)[
    Math.floor((good.length - 1) / 2)
  ];
  const threads = repeats.at(-1)?.server.threads ?? [];
  const refusal = repeats.find((each) => each.refusal !== undefined)?.refusal;
  return {
    ...name,
    ...(shown !== undefined ? { result: shown.result } : refusal !== undefined && { refusal }),
    server: { cpuPerOperation, threads },
  };
}

function baselineOf(title: string, repeats: readonly MeasuredLoad[], cpuPerOperation: readonly number[]) {
  const ratio = spreadOf(
    repeats.map((repeat, index) => cpuOf(repeat) / (cpuPerOperation[index] ?? Number.NaN)),
  );
  return { title, cpuPerOperation, ratio };
}

function cpuOf({ server }: MeasuredLoad): number {
  return server.cpuPerOperation[0] ?? Number.NaN;
}

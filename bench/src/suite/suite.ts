import {
  type GeneratorOptions,
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
import { type AttemptedLoad, measureInTime } from './attempts.js';
import { batchesSince, readBatchSizes } from './batch-sizes.js';
import type { SuiteDeployment } from './deployment.js';
import { baselineOf, cpuOf, rowOf, rowOfRepeats, type RowName } from './rows.js';

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
/** Of what the generator can do where that is less than what the server can: at such a rate it is in time. */
const IN_TIME = 0.5;
/** Code of a generator that has just been started is compiled in less. */
const WARM_UP_SECONDS = 0.5;
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
      const order = this.#operationsOrder(operation);
      const before = await readBatchSizes(metricsUrl);
      const speeds: number[] = [];
      const repeats = await this.#repeat(title, order, [keyServer.pid], async () => {
        if (signature === undefined) return;
        speeds.push((await measureOpenssl(signature.opensslAlgorithm, 1, processors)).cpu);
      });
      const batchSizes = batchesSince(before, await readBatchSizes(metricsUrl));
      const name = { id: `key server ${id}`, title, group: 'Key server, top rate', pace: CLOSED };
      const measurement = await this.#topRate(repeats, name, order, [keyServer.pid]);
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
      const top = topRateOf(operations.find((each) => each.id === `key server ${id}`));
      if (top === undefined) continue;
      for (const load of LOADS) {
        const pace: Pace = {
          type: 'open_loop',
          rate: Math.max(1, Math.round(top * load)),
          arrivals: 'poisson',
        };
        const name = {
          id: `key server ${id} at ${load}`,
          title: `${title} at ${Math.round(load * 100)} %`,
          group: 'Key server, over load',
          series: title,
          pace,
        };
        const order = this.#operationsOrder(operation);
        measurements.push(rowOf(await this.#inTime(name, order, [this.#deployment.keyServer.pid]), name));
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
      const { pid, port } = this.#deployment.edge;
      const baseline: MeasuredLoad[] = [];
      try {
        const repeats = await this.#repeat(title, visitors(port), [pid], async () => {
          const what = `${title}, Node's https`;
          baseline.push(await this.#asMuchAsCanBe(what, visitors(node.port), [node.processId]));
        });
        const id = `edge ${version} ${algorithm} ${resumed ? 'resumed' : 'full'}`;
        const name = { id, title, group: "Edge, visitors' handshakes", pace: CLOSED };
        measurements.push({
          ...(await this.#topRate(repeats, name, visitors(port), [pid])),
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
        const id = `distance ${distance} ${kind}`;
        const name = { id, title, group: 'Edge far from its key server', pace };
        measurements.push(rowOf(await this.#inTime(name, visitors, [edge.pid], LONGER), name));
      }
    }
    relay.roundTripTime = 0;
    return measurements;
  }

  #operationsOrder({ signature, protocol, records, inFlight }: MeasuredOperation): OperationsOrder {
    const { channel } = this.#deployment;
    const kind =
      signature === undefined
        ? { label: 'ping', operation: 'ping' as const }
        : {
            label: signature.scheme,
            operation: signature.scheme,
            publicKey: this.#deployment.publicKey(signature.keyAlgorithm),
          };
    return {
      type: 'operations',
      channel,
      kinds: [kind],
      connections: 2,
      depth: inFlight,
      records,
      ...(protocol !== undefined && { protocol }),
    };
  }

  async #repeat(
    title: string,
    work: GeneratorOrder['work'],
    processIds: readonly number[],
    inTurnWith: () => Promise<void>,
  ): Promise<MeasuredLoad[]> {
    const measured: MeasuredLoad[] = [];
    while (measured.length < this.#options.repeats) {
      await inTurnWith();
      measured.push(await this.#asMuchAsCanBe(title, work, processIds));
    }
    return measured;
  }

  #asMuchAsCanBe(
    title: string,
    work: GeneratorOrder['work'],
    processIds: readonly number[],
  ): Promise<MeasuredLoad> {
    const order = { ...this.#order(work, CLOSED), warmUpSeconds: this.#options.seconds / 4 };
    return measureLoad(order, processIds, this.#progress(title));
  }

  /** The row of what was measured with as much as can be; where that was the generator's top rate, with what it can do in time. */
  async #topRate(
    repeats: readonly MeasuredLoad[],
    name: RowName,
    work: GeneratorOrder['work'],
    processIds: readonly number[],
  ): Promise<Measurement> {
    const row = rowOfRepeats(repeats, name);
    if (row.result !== undefined) return row;
    const most = spreadOf(repeats.map(({ result }) => result.rate)).median;
    const rate = Math.max(1, Math.round(most * IN_TIME));
    // Evenly: who comes while the generator is at work for another is late by its fault.
    const asked: RowName = { ...name, pace: { type: 'open_loop', rate, arrivals: 'constant' } };
    const { result, refusal } = rowOf(await this.#inTime(asked, work, processIds), asked);
    if (result === undefined) return { ...row, ...(refusal !== undefined && { refusal }) };
    const note = `the server can do more than the generator, which can do ${Math.round(most)}/s: at half of that`;
    return { ...asked, result, note, ...(row.server && { server: row.server }) };
  }

  #inTime(
    { title, pace }: RowName,
    work: GeneratorOrder['work'],
    processIds: readonly number[],
    longer = 1,
  ): Promise<AttemptedLoad> {
    return measureInTime(this.#order(work, pace, longer), processIds, this.#progress(title));
  }

  #order(work: GeneratorOrder['work'], pace: Pace, longer = 1): GeneratorOrder {
    const seconds = this.#options.seconds * longer;
    const warmUpSeconds = Math.max(seconds / 4, WARM_UP_SECONDS);
    return { work, pace, seconds, warmUpSeconds, seed: this.#options.seed };
  }

  #progress(title: string): Pick<GeneratorOptions, 'onProgress'> {
    const { onProgress } = this.#options;
    onProgress(title);
    return {
      onProgress: ({ rate, p50, p99 }) =>
        onProgress(
          `${title}: ${Math.round(rate)}/s, p50 ${p50.toPrecision(3)} ms, p99 ${p99.toPrecision(3)} ms`,
        ),
    };
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

/** What was the top rate, as far as the generator could see it. */
function topRateOf(measurement: Measurement | undefined): number | undefined {
  const pace = measurement?.pace;
  return pace?.type === 'open_loop' ? pace.rate / IN_TIME : measurement?.result?.rate;
}

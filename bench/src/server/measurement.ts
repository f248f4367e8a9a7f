import type { ProcessorPlan, RandomSource } from '@latchkey/load';
import { type AloneLatency, measureAlone } from './alone.js';
import {
  Answers,
  type ChannelOptions,
  type Load,
  LoadConnection,
  type Requests,
} from '@latchkey/load/operations';
import { measureTopRate, type TopRate } from './closed-loop.js';
import { type Latencies, measureLatencies } from './open-loop.js';
import { measureOpenssl, type OpensslSpeed } from './openssl-speed.js';
import type { MeasuredOperation } from './operations.js';

/** What is measured: a key server that listens. */
export interface Subject {
  readonly channel: ChannelOptions;
  /** CPU time so far, in microseconds. */
  readonly cpuTime: () => number;
}

/** How one repeat is made. */
export interface MeasurementOptions {
  readonly seconds: number;
  readonly random: RandomSource;
  /** Pings and, as their second kind, the operation; none: not measured alone. */
  readonly mixed?: Requests | undefined;
}

/** What one repeat found of the key server. */
export interface Measurement extends TopRate, Latencies {
  /** Requests per second while latencies were measured: half of the top rate. */
  readonly halfRate: number;
  readonly verified: number;
  /** None for a ping. */
  readonly alone?: AloneLatency;
  /** TLS version and cipher suite. */
  readonly protocol: string;
}

/** Measures `openssl speed` on the server's processor and then, in the same state of the machine, the key server. */
export async function measureBoth(
  subject: Subject,
  operation: MeasuredOperation,
  requests: Requests,
  options: MeasurementOptions & {
    readonly opensslSeconds: number;
    readonly processors: ProcessorPlan | undefined;
  },
): Promise<{ readonly openssl: OpensslSpeed | undefined; readonly server: Measurement }> {
  const { opensslSeconds, processors } = options;
  const algorithm = operation.signature?.opensslAlgorithm;
  const openssl =
    algorithm === undefined ? undefined : await measureOpenssl(algorithm, opensslSeconds, processors);
  return { openssl, server: await measureServer(subject, operation, requests, options) };
}

/**
 * Measures the top rate and then latencies at half of it.
 *
 * @throws {BenchmarkError} when a connection breaks, a request is answered with an error, or a verified answer is wrong
 */
export async function measureServer(
  { channel, cpuTime }: Subject,
  { records, inFlight }: MeasuredOperation,
  requests: Requests,
  { seconds, random, mixed }: MeasurementOptions,
): Promise<Measurement> {
  const top = await underLoad(channel, requests, records, async (connections, answers) => ({
    ...(await measureTopRate(connections, answers, { inFlight, seconds, serverCpu: cpuTime })),
    protocol: connections.map(({ protocol }) => protocol)[0] ?? '',
  }));
  const halfRate = top.result.rate / 2;
  const half = await underLoad(channel, requests, records, (connections, answers) =>
    measureLatencies(connections, answers, { rate: halfRate, seconds, random }),
  );
  const alone = mixed && (await measureAlone(channel, mixed, seconds));
  return {
    ...top.result,
    ...half.result,
    halfRate,
    verified: top.verified + half.verified,
    ...(alone && { alone }),
  };
}

/** Edges keep few connections to a key server, and one alone would leave it idle while that one's answers are on their way. */
export const CONNECTIONS = 2;

async function underLoad<Result>(
  channel: ChannelOptions,
  requests: Requests,
  records: Load['records'],
  measure: (connections: readonly LoadConnection[], answers: Answers) => Promise<Result>,
): Promise<{ readonly result: Result; readonly verified: number }> {
  const answers = new Answers(requests.wire);
  const load = { requests, records, answers };
  const connections: LoadConnection[] = [];
  try {
    while (connections.length < CONNECTIONS) connections.push(await LoadConnection.open(channel, load));
    const broken = connections.map((connection) => connection.broken);
    const result = await Promise.race([measure(connections, answers), ...broken]);
    answers.requireNoFailures();
    return { result, verified: answers.verify(requests) };
  } finally {
    for (const connection of connections) connection.close();
  }
}

import { Arrivals, LatencyHistogram, type RandomSource } from '@latchkey/load';
import type { Answers, LoadConnection } from '@latchkey/load/operations';
import { allAnswered } from './closed-loop.js';

/** Percentiles of the time from when a request was due to its answer, in milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

/** How latencies are measured. */
export interface OpenLoopOptions {
  /** Requests per second, on all connections together. */
  readonly rate: number;
  readonly seconds: number;
  readonly random: RandomSource;
}

/**
 * Measures how long requests take that come at a set rate whether or not earlier ones are answered, after half of
 * the time to warm up. A request that must wait here before it can be sent waits on the server's account.
 */
export async function measureLatencies(
  connections: readonly LoadConnection[],
  answers: Answers,
  { rate, seconds, random }: OpenLoopOptions,
): Promise<Latencies> {
  for (const connection of connections) connection.onRead = () => {};
  const arrivals = new Arrivals(rate, random);
  const begin = performance.now();
  const warmUp = seconds * 500;
  const end = warmUp + seconds * 1000;
  const latencies = new LatencyHistogram();
  answers.onPerformed = (_id, dueAt, answeredAt) => {
    if (dueAt >= begin + warmUp) latencies.record(answeredAt - dueAt);
  };
  let turn = 0;
  let recorded = 0;
  await repeatedly(() => {
    const now = performance.now() - begin;
    while (arrivals.next <= now) {
      turn += 1;
      const connection = connections[turn % connections.length];
      if (connection?.enqueue(begin + arrivals.next) !== true) break;
      if (arrivals.next >= warmUp) recorded += 1;
      arrivals.advance();
    }
    for (const connection of connections) {
      connection.requireOpen();
      connection.flush();
    }
    return now < end || recorded < FEWEST;
  });
  await allAnswered(connections);
  return { p50: latencies.percentile(50), p99: latencies.percentile(99) };
}

/**
 * Has something done in each turn of the event loop until it says that it is done, or throws. A timer would come up to a
 * millisecond late; and promises, some hundred thousand a second, would be garbage whose collection is measured, too.
 */
function repeatedly(task: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const inTurn = (): void => {
      try {
        if (task()) setImmediate(inTurn);
        else resolve();
      } catch (error) {
        reject(error);
      }
    };
    inTurn();
  });
}

/** Requests without which percentiles would mean nothing, however slow they are to come. */
const FEWEST = 20;

import { setTimeout } from 'node:timers/promises';
import { Arrivals, LatencyHistogram, randomSource } from '@latchkey/load';
import { Answers, encodeRequests, LoadConnection } from '@latchkey/load/kssl1';
import type { KeyServerSubject } from '../server/subject.js';

/** What the honest client does. */
export interface HonestLoad {
  /** P-256 signatures that it asks for each second. */
  readonly rate: number;
  readonly seconds: number;
  readonly seed: number;
}

/**
 * Has signatures made in an open loop, and measures how long each takes from when it was asked for.
 *
 * It sleeps between its requests, so that attackers have the processor meanwhile: each is sent up to a millisecond late,
 * and not counted as having been under way before.
 *
 * @returns the 99th percentile in milliseconds
 */
export async function measureP99(
  { channel, publicKeys }: KeyServerSubject,
  { rate, seconds, seed }: HonestLoad,
): Promise<number> {
  const answers = new Answers();
  const kind = { operation: 'ecdsa_sha256', publicKey: publicKeys.get('p-256') } as const;
  const requests = encodeRequests([kind], REQUESTS, seed);
  const connection = await LoadConnection.open(channel, { requests, records: 'shared', answers });
  try {
    const measured = measure(connection, answers, { rate, seconds, seed });
    const p99 = await Promise.race([measured, connection.broken]);
    answers.requireNoFailures();
    return p99;
  } finally {
    connection.close();
  }
}

const REQUESTS = 4096;

async function measure(
  connection: LoadConnection,
  answers: Answers,
  { rate, seconds, seed }: HonestLoad,
): Promise<number> {
  const latencies = new LatencyHistogram();
  answers.onPerformed = (_id, sentAt, answeredAt) => latencies.record(answeredAt - sentAt);
  const arrivals = new Arrivals(rate, randomSource(seed));
  const begin = performance.now();
  for (let now = 0; now < seconds * 1000; now = performance.now() - begin) {
    for (; arrivals.next <= now; arrivals.advance()) connection.enqueue(begin + now);
    connection.flush();
    await setTimeout(1);
  }
  while (connection.inFlight > 0) await setTimeout(1);
  return latencies.percentile(99);
}

import { LatencyHistogram } from '@latchkey/load';
import { Answers, encodeRequests, LoadConnection } from '@latchkey/load/operations';
import type { KeyServerSubject } from '../server/subject.js';
import { type HonestLoad, workInOpenLoop } from './open-loop.js';

/**
 * Has P-256 signatures made by a key server, and measures how long each takes from when it was asked for.
 *
 * @returns the 99th percentile in milliseconds
 */
export async function measureSignatures(
  { channel, publicKeys }: KeyServerSubject,
  load: HonestLoad,
): Promise<number> {
  const latencies = new LatencyHistogram();
  const answers = new Answers();
  answers.onPerformed = (_id, sentAt, answeredAt) => latencies.record(answeredAt - sentAt);
  const kind = { operation: 'ecdsa_sha256', publicKey: publicKeys.get('p-256') } as const;
  const requests = encodeRequests([kind], REQUESTS, load.seed);
  const connection = await LoadConnection.open(channel, { requests, records: 'shared', answers });
  try {
    const work = {
      begin: (now: number) => connection.enqueue(now),
      flush: () => connection.flush(),
      get inFlight() {
        return connection.inFlight;
      },
    };
    await Promise.race([workInOpenLoop(work, load), connection.broken]);
    answers.requireNoFailures();
    return latencies.percentile(99);
  } finally {
    connection.close();
  }
}

const REQUESTS = 4096;

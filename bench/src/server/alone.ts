import { setTimeout } from 'node:timers/promises';
import { LatencyHistogram } from '@latchkey/load';
import { Answers, type ChannelOptions, LoadConnection, type Requests } from '@latchkey/load/operations';
import { allAnswered } from './closed-loop.js';

/** What a request costs that has the key server to itself, in milliseconds. */
export interface AloneLatency {
  /** The median of a ping: what the channel and both ends take whatever is asked for. */
  readonly ping: number;
  /** The median of the operation. */
  readonly operation: number;
}

/**
 * Sends one request at a time, pings and operations in random order, with a pause after each answer.
 *
 * @param requests of two kinds: pings, then operations
 */
export async function measureAlone(
  channel: ChannelOptions,
  requests: Requests,
  seconds: number,
): Promise<AloneLatency> {
  const answers = new Answers();
  const latencies = [new LatencyHistogram(), new LatencyHistogram()] as const;
  const connection = await LoadConnection.open(channel, { requests, records: 'one_request', answers });
  try {
    const begin = performance.now();
    answers.onPerformed = (id, sentAt, answeredAt) => {
      if (sentAt < begin + seconds * 250) return;
      latencies[requests.kinds[id] === 0 ? 0 : 1].record(answeredAt - sentAt);
    };
    while (performance.now() < begin + seconds * 1250) {
      connection.enqueue(performance.now());
      connection.flush();
      await Promise.race([allAnswered([connection]), connection.broken]);
      await setTimeout(PAUSE);
    }
    answers.requireNoFailures();
    answers.verify(requests);
  } finally {
    connection.close();
  }
  return { ping: latencies[0].percentile(50), operation: latencies[1].percentile(50) };
}

/** In milliseconds. */
const PAUSE = 1;

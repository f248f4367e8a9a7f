import { setTimeout } from 'node:timers/promises';
import { type Interval, medianInterval, randomSource } from '@latchkey/load';
import {
  Answers,
  type ChannelOptions,
  encodeHandshakeRequests,
  encodeRequests,
  LoadConnection,
  type Requests,
} from '@latchkey/load/operations';
import type { KeyServerSubject } from './subject.js';
import { formatTable } from './table.js';

/** A P-256 signature over kssl2 beside one over Keyless SSL v1. */
export interface ProtocolsReport {
  /** Bytes within the channel's TLS that one takes which is asked for alone, in the order of {@link PROTOCOLS}. */
  readonly requestBytes: readonly number[];
  readonly answerBytes: readonly number[];
  /** The median of what one takes that has the server to itself, in microseconds. */
  readonly alone: readonly number[];
  /** The median of how many microseconds longer one takes over kssl2 than the one beside it. */
  readonly difference: Interval;
  /** The most that it should be. */
  readonly bar: number;
  readonly pairs: number;
}

/** What is compared. */
const PROTOCOLS = ['kssl1', 'kssl2'] as const;

/**
 * Has one signature made at a time, over one protocol and then over the other, in random order within each pair: what slows
 * the machine down for longer than a pair takes is in neither's favour.
 *
 * @param seconds for all pairs together
 * @param seed decides what is signed, and the order
 */
export async function measureProtocols(
  { channel, publicKeys }: KeyServerSubject,
  seconds: number,
  seed: number,
): Promise<ProtocolsReport> {
  const publicKey = publicKeys.get('p-256');
  if (publicKey === undefined) throw new Error('the key server has no key on P-256');
  const asked: Requests[] = [
    encodeRequests([{ operation: 'ecdsa_sha256', publicKey }], REQUESTS, seed),
    encodeHandshakeRequests('ecdsa_sha256', publicKey, REQUESTS, seed),
  ];
  const random = randomSource(seed);
  const askers: Asker[] = [];
  try {
    for (const requests of asked) askers.push(await Asker.open(channel, requests));
    const times: number[][] = askers.map(() => []);
    const begin = performance.now();
    while (performance.now() < begin + seconds * 1250) {
      const isMeasured = performance.now() > begin + seconds * 250;
      const first = random() < 0.5 ? 0 : 1;
      for (const index of [first, 1 - first]) {
        const time = await askers[index]?.ask();
        if (isMeasured && time !== undefined) times[index]?.push(time * 1000);
        await setTimeout(PAUSE);
      }
    }
    for (const asker of askers) asker.verify();
    const [kssl1 = [], kssl2 = []] = times;
    const differences = kssl2.map((time, pair) => time - (kssl1[pair] ?? Number.NaN));
    return {
      requestBytes: askers.map(({ requestBytes }) => requestBytes),
      answerBytes: askers.map(({ answerBytes }) => answerBytes),
      alone: times.map((each) => medianInterval(each).median),
      difference: medianInterval(differences),
      bar: ALONE_BAR,
      pairs: differences.length,
    };
  } finally {
    for (const asker of askers) asker.close();
  }
}

/** A table of it. */
export function formatProtocols(report: ProtocolsReport): string {
  const { requestBytes, answerBytes, alone, difference, bar, pairs } = report;
  const { median, lowest, highest } = difference;
  const rows = PROTOCOLS.map((name, index) => [
    name,
    ...[requestBytes, answerBytes, alone].map((figures) => (figures[index] ?? 0).toFixed(0)),
  ]);
  return [
    'A P-256 signature over kssl2 beside one over Keyless SSL v1, asked for alone: bytes within TLS, and microseconds at the median',
    formatTable(['', 'request', 'answer', 'alone us'], rows),
    `In ${pairs} pairs kssl2 took ${median.toFixed(1)} us longer at the median, ${lowest.toFixed(1)} to ${highest.toFixed(1)} with 95 % confidence; ` +
      `at most ${bar}: ${median <= bar ? 'met' : 'not met'}`,
  ].join('\n\n');
}

/** How many microseconds longer a signature may take alone over kssl2 (issue 6). */
const ALONE_BAR = 10;
const REQUESTS = 2048;
/** In milliseconds. */
const PAUSE = 1;

/** A connection on which one request is under way at a time. */
class Asker {
  readonly #connection: LoadConnection;
  readonly #requests: Requests;
  readonly #answers: Answers;
  #count = 0;

  static async open(channel: ChannelOptions, requests: Requests): Promise<Asker> {
    const answers = new Answers(requests.wire);
    const connection = await LoadConnection.open(channel, { requests, records: 'shared', answers });
    return new Asker(connection, requests, answers);
  }

  private constructor(connection: LoadConnection, requests: Requests, answers: Answers) {
    this.#connection = connection;
    this.#requests = requests;
    this.#answers = answers;
  }

  /** Of one request. */
  get requestBytes(): number {
    return this.#connection.bytesSent / this.#count;
  }

  /** Of one answer, to which what the server says of itself at first is added. */
  get answerBytes(): number {
    return this.#connection.bytesReceived / this.#count;
  }

  /** @returns how long the answer took, in milliseconds */
  async ask(): Promise<number> {
    const answered = new Promise<number>((resolve) => {
      this.#answers.onPerformed = (_id, sentAt, answeredAt) => resolve(answeredAt - sentAt);
    });
    this.#connection.enqueue(performance.now());
    this.#connection.flush();
    this.#count += 1;
    return await Promise.race([answered, this.#connection.broken]);
  }

  /** @throws {BenchmarkError} when an answer was wrong */
  verify(): void {
    this.#answers.requireNoFailures();
    this.#answers.verify(this.#requests);
  }

  close(): void {
    this.#connection.close();
  }
}

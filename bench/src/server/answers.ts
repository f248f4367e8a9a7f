import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { decodeAnswer } from '@latchkey/codec/kssl1';
import { BenchmarkError } from './benchmark-error.js';
import { HEADER_LENGTH, saysSuccess } from './frame-layout.js';
import type { Requests } from './requests.js';

/** Every how many answers one is verified, beginning with the first. */
export const VERIFIED_EVERY = 1000;

/** What came back during one measurement, on all its connections. */
export class Answers {
  /** How many. */
  total = 0;
  /** In nanoseconds, of the requests that were due at `recordSince` or later. */
  readonly latencies: RecordableHistogram = createHistogram();
  /** In the milliseconds of `performance.now()`. Default: no latency is recorded. */
  recordSince = Infinity;
  readonly #failures = new Map<string, number>();
  readonly #samples: { readonly id: number; readonly payload: Uint8Array }[] = [];

  /** Takes an answer: the frame from `start` to `end` of these bytes, which came at `now` for a request due at `dueAt`. */
  take(id: number, dueAt: number, now: number, bytes: Buffer, start: number, end: number): void {
    if (!saysSuccess(bytes, start, end)) this.#countFailure(bytes.subarray(start + HEADER_LENGTH, end));
    else if (this.total % VERIFIED_EVERY === 0) this.#sample(id, bytes.subarray(start + HEADER_LENGTH, end));
    this.total += 1;
    // A histogram's lowest value is 1.
    if (dueAt >= this.recordSince) this.latencies.record(Math.max(1, Math.round((now - dueAt) * 1e6)));
  }

  /**
   * Verifies what was set aside for that while it was fast that mattered.
   *
   * @returns how many answers were verified
   * @throws {BenchmarkError} when one is wrong, or when a request was answered with an error
   */
  verify(requests: Requests): number {
    if (this.#failures.size > 0) {
      const counts = [...this.#failures].map(([failure, count]) => `${count} with ${failure}`);
      throw new BenchmarkError(`of ${this.total} requests the key server answered ${counts.join(', ')}`);
    }
    for (const { id, payload } of this.#samples) {
      if (!requests.isRight(id, payload))
        throw new BenchmarkError(`the key server's answer to request ${id} is wrong`);
    }
    return this.#samples.length;
  }

  #sample(id: number, body: Buffer): void {
    const answer = decodeAnswer(body);
    if (answer.kind === 'answer') this.#samples.push({ id, payload: Uint8Array.from(answer.payload) });
    else this.#countFailure(body);
  }

  #countFailure(body: Buffer): void {
    const answer = decodeAnswer(body);
    const failure = answer.kind === 'error' ? `error ${answer.code}` : `an answer that is ${answer.kind}`;
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
  }
}

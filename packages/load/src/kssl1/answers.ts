import { decodeAnswer } from '@latchkey/codec/kssl1';
import { BenchmarkError } from '../benchmark-error.js';
import { HEADER_LENGTH, saysSuccess } from './frame-layout.js';
import type { Requests } from './requests.js';

/** Every how many answers one is verified, beginning with the first. */
export const VERIFIED_EVERY = 1000;

/**
 * Hears of each operation that was performed.
 *
 * @param id of the request
 * @param dueAt when it was due, and when its answer came: in the milliseconds of `performance.now()`
 */
export type AnswerListener = (id: number, dueAt: number, answeredAt: number) => void;

/** What came back during one measurement, on all its connections. */
export class Answers {
  /** How many, errors included. */
  total = 0;
  onPerformed: AnswerListener = () => {};
  onFailed: (failure: string, dueAt: number) => void = () => {};
  readonly #failures = new Map<string, number>();
  readonly #samples: { readonly id: number; readonly payload: Uint8Array }[] = [];

  /** How many requests failed, by what the key server said. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** Takes an answer: the frame from `start` to `end` of these bytes, which came at `now` for a request due at `dueAt`. */
  take(id: number, dueAt: number, now: number, bytes: Buffer, start: number, end: number): void {
    const due = this.total % VERIFIED_EVERY === 0;
    this.total += 1;
    if (!due && saysSuccess(bytes, start, end)) this.onPerformed(id, dueAt, now);
    else this.#decode(id, dueAt, now, bytes.subarray(start + HEADER_LENGTH, end), due);
  }

  /**
   * Verifies, once, what was set aside for that while it was fast that mattered.
   *
   * @returns how many answers were verified
   * @throws {BenchmarkError} when one is wrong
   */
  verify(requests: Requests): number {
    const samples = this.#samples.splice(0);
    for (const { id, payload } of samples) {
      if (!requests.isRight(id, payload))
        throw new BenchmarkError(`the key server's answer to request ${id} is wrong`);
    }
    return samples.length;
  }

  /** @throws {BenchmarkError} when a request was answered with an error */
  requireNoFailures(): void {
    if (this.#failures.size === 0) return;
    const counts = [...this.#failures].map(([failure, count]) => `${count} with ${failure}`);
    throw new BenchmarkError(`of ${this.total} requests the key server answered ${counts.join(', ')}`);
  }

  #decode(id: number, dueAt: number, now: number, body: Buffer, isSample: boolean): void {
    const answer = decodeAnswer(body);
    if (answer.kind === 'answer') {
      if (isSample) this.#samples.push({ id, payload: Uint8Array.from(answer.payload) });
      this.onPerformed(id, dueAt, now);
      return;
    }
    const failure = answer.kind === 'error' ? `error ${answer.code}` : `an answer that is ${answer.kind}`;
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
    this.onFailed(failure, dueAt);
  }
}

import { BenchmarkError } from '../benchmark-error.js';
import { KSSL1 } from './kssl1/wire.js';
import type { Requests } from './requests.js';
import type { DecodedAnswer, Wire } from './wire.js';

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
  readonly #wire: Wire;
  readonly #failures = new Map<string, number>();
  readonly #samples: { readonly id: number; readonly payload: Uint8Array }[] = [];

  /** @param wire the protocol that they are in. Default: Keyless SSL v1 */
  constructor(wire: Wire = KSSL1) {
    this.#wire = wire;
  }

  /** How many requests failed, by what the key server said. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** Takes an answer: the bytes from `start` to `end` of these, which came at `now` for a request due at `dueAt`. */
  take(id: number, dueAt: number, now: number, bytes: Uint8Array, start: number, end: number): void {
    const due = this.total % VERIFIED_EVERY === 0;
    this.total += 1;
    if (!due && this.#wire.saysSuccess(bytes, start, end)) this.onPerformed(id, dueAt, now);
    else this.#takeDecoded(id, dueAt, now, this.#wire.decode(bytes, start, end), due);
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

  #takeDecoded(id: number, dueAt: number, now: number, answer: DecodedAnswer, isSample: boolean): void {
    if (answer.kind === 'answer') {
      if (isSample) this.#samples.push({ id, payload: Uint8Array.from(answer.payload) });
      this.onPerformed(id, dueAt, now);
      return;
    }
    const { failure } = answer;
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
    this.onFailed(failure, dueAt);
  }
}

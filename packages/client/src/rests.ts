import type { Operation } from '@latchkey/codec';

/**
 * Until when a key server does not want to be asked for operations of a type: what an answer has said (`retry_after`). It
 * is kept by type, since a limit on one is none on the others.
 */
export class Rests {
  /** Times on the clock of `performance.now()`. */
  readonly #ends = new Map<Operation['type'], number>();

  /** @param duration in milliseconds */
  begin(type: Operation['type'], duration: number, now: number): void {
    if (duration > 0) this.#ends.set(type, now + duration);
  }

  includes(type: Operation['type'], now: number): boolean {
    return now < (this.#ends.get(type) ?? -Infinity);
  }
}

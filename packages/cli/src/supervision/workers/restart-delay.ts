/** How long a process that ends is left alone before it is started again: the first time not at all. */
export class RestartDelay {
  #shortLives = 0;

  /**
   * @param age how long the process has lived, in milliseconds
   * @returns how long to wait, in milliseconds
   */
  next(age: number): number {
    this.#shortLives = age < LONG_LIFE ? this.#shortLives + 1 : 1;
    return this.#shortLives === 1 ? 0 : Math.min(LONGEST, SHORTEST * 2 ** (this.#shortLives - 2));
  }
}

// In milliseconds.
const LONG_LIFE = 60_000;
const SHORTEST = 1000;
const LONGEST = 30_000;

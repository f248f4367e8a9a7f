/** How often something may happen. */
export interface RateLimit {
  /** Per second, more than 0. */
  readonly rate: number;
  /** At once, after a while of silence; 1 or more. */
  readonly burst: number;
}

/** A token bucket: filled at a steady rate, emptied by use. */
export class TokenBucket {
  readonly #limit: RateLimit;
  #tokens = 0;
  /** Long ago: it is full at first. */
  #filledAt = Number.NEGATIVE_INFINITY;

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /**
   * Takes a token if there is one.
   *
   * @param now in milliseconds on a clock that never goes back
   */
  take(now: number): boolean {
    const { rate, burst } = this.#limit;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * rate);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How long until there is a token again, in milliseconds, when {@link take} has just found none. */
  get timeToToken(): number {
    return ((1 - this.#tokens) / this.#limit.rate) * 1000;
  }
}

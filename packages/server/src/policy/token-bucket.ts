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
    this.#fill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * Takes tokens that were used elsewhere, also more than there are: what is missing must be filled up first.
   *
   * @param now as in {@link take}
   */
  charge(now: number, count: number): void {
    this.#fill(now);
    this.#tokens -= count;
  }

  /** How long until there is a token, in milliseconds, after the last {@link take}; 0 if there is another one. */
  get timeToToken(): number {
    return Math.max(0, ((1 - this.#tokens) / this.#limit.rate) * 1000);
  }

  #fill(now: number): void {
    const { rate, burst } = this.#limit;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * rate);
    this.#filledAt = now;
  }
}

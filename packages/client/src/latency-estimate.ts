/**
 * How long a key server takes for an operation, judged by the answers of the last seconds, the latest above all. What was
 * seen long ago counts for less and less, so that a server that was slow once is tried again.
 */
export class LatencyEstimate {
  #mean = 0;
  #recordedAt: number | undefined;

  /**
   * @param latency in milliseconds
   * @param now in milliseconds on a clock that does not jump
   */
  record(latency: number, now: number): void {
    const weight = this.#recordedAt === undefined ? 1 : 1 - Math.exp((this.#recordedAt - now) / MEMORY);
    this.#mean += Math.max(weight, LEAST_WEIGHT) * (latency - this.#mean);
    this.#recordedAt = now;
  }

  /**
   * In milliseconds; undefined before the first answer.
   *
   * @param now on the same clock
   */
  at(now: number): number | undefined {
    if (this.#recordedAt === undefined) return undefined;
    return this.#mean * Math.exp((this.#recordedAt - now) / FORGETTING);
  }
}

/** Milliseconds after which an answer's weight is down to a third. */
const MEMORY = 1000;

/** Of answers that come all at once. */
const LEAST_WEIGHT = 0.02;

/** Milliseconds without an answer after which the estimate is down to a third. */
const FORGETTING = 2000;

import type { RandomSource } from './random.js';

/** When requests are due. They go on whatever becomes of the requests, so a server that falls behind is seen to. */
export class Arrivals {
  /** When the next request is due, in milliseconds from the beginning. */
  next: number;
  readonly #gap: () => number;

  /**
   * @param rate requests per second on average, more than 0
   * @param random those of visitors who know nothing of each other, a Poisson process; none: gaps that are all alike
   */
  constructor(rate: number, random?: RandomSource) {
    const meanGap = 1000 / rate;
    this.#gap = random === undefined ? () => meanGap : () => -Math.log(1 - random()) * meanGap;
    this.next = this.#gap();
  }

  /** The next request has been sent: on to the one after it. */
  advance(): void {
    this.next += this.#gap();
  }
}

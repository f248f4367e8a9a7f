import type { RandomSource } from './random.js';

/**
 * When the requests of visitors who know nothing of each other are due: a Poisson process. It goes on whatever becomes
 * of the requests, so a server that falls behind is seen to.
 */
export class Arrivals {
  /** When the next request is due, in milliseconds from the beginning. */
  next: number;
  readonly #meanGap: number;
  readonly #random: RandomSource;

  /** @param rate requests per second on average, more than 0 */
  constructor(rate: number, random: RandomSource) {
    this.#meanGap = 1000 / rate;
    this.#random = random;
    this.next = this.#gap();
  }

  /** The next request has been sent: on to the one after it. */
  advance(): void {
    this.next += this.#gap();
  }

  #gap(): number {
    return -Math.log(1 - this.#random()) * this.#meanGap;
  }
}

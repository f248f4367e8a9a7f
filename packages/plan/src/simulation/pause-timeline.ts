import type { RandomSource } from '@latchkey/load';
import type { Pauses } from '../service-times.js';

/** When a machine stands still: pauses that begin at random moments, one after the other. Times are in microseconds. */
export class PauseTimeline {
  readonly #pauses: Pauses;
  readonly #random: RandomSource;
  readonly #meanGap: number;
  /** The pause that is going on or comes next. */
  begin = 0;
  end = 0;

  constructor(pauses: Pauses, random: RandomSource) {
    this.#pauses = pauses;
    this.#random = random;
    const { perSecond, microseconds } = pauses;
    const mean = microseconds.reduce((sum, one) => sum + one, 0) / microseconds.length;
    this.#meanGap = perSecond === 0 ? Infinity : Math.max(1e6 / perSecond - mean, 1);
    this.advance();
  }

  /** The pause is over: on to the next. */
  advance(): void {
    const { microseconds } = this.#pauses;
    this.begin = this.end - Math.log(1 - this.#random()) * this.#meanGap;
    const place = Math.floor(this.#random() * microseconds.length);
    this.end = this.begin + (microseconds[place] ?? 0);
  }

  /** When something that is there at `time` is noticed: at once, or after the pause. Ask for times that do not run back. */
  afterPause(time: number): number {
    while (this.end <= time) this.advance();
    return this.begin <= time ? this.end : time;
  }
}

import type { RandomSource } from '@latchkey/load';
import type { Pauses } from '../service-times.js';

/** When a machine stands still: pauses that begin at random moments, one after the other. Times are in microseconds. */
export class PauseTimeline {
  readonly #pauses: Pauses;
  readonly #random: RandomSource;
  /** The pause that is going on or comes next. */
  begin = 0;
  end = 0;

  constructor(pauses: Pauses, random: RandomSource) {
    this.#pauses = pauses;
    this.#random = random;
    this.advance();
  }

  /** The pause is over: on to the next. */
  advance(): void {
    const { perSecond, microseconds } = this.#pauses;
    this.begin = perSecond === 0 ? Infinity : this.end - (Math.log(1 - this.#random()) * 1e6) / perSecond;
    const place = Math.floor(this.#random() * microseconds.length);
    this.end = this.begin + (microseconds[place] ?? 0);
  }

  /** When something that is there at `time` is noticed: at once, or after the pause. Ask for times that do not run back. */
  afterPause(time: number): number {
    while (this.end <= time) this.advance();
    return this.begin <= time ? this.end : time;
  }
}

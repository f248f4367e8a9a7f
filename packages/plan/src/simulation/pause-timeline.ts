import type { RandomSource } from '@latchkey/load';
import type { Pauses } from '../service-times.js';

/** A time in which a machine stood still, in microseconds since the beginning. */
export interface Pause {
  readonly begin: number;
  readonly end: number;
}

/** When a machine stands still, one time after the other, the last of which never begins. Times are in microseconds. */
export class PauseTimeline {
  readonly #next: (after: number) => Pause;
  #pause: Pause;

  /**
   * Pauses that were seen, played back, or such as were seen, at random moments.
   *
   * @param pauses those that were seen in the order in which they came, none before the one before it has ended
   */
  static of(pauses: readonly Pause[] | Pauses, random: RandomSource): PauseTimeline {
    return new PauseTimeline('perSecond' in pauses ? atRandom(pauses, random) : playedBack(pauses));
  }

  private constructor(next: (after: number) => Pause) {
    this.#next = next;
    this.#pause = next(0);
  }

  /** Of the pause that is going on or comes next. */
  get begin(): number {
    return this.#pause.begin;
  }

  get end(): number {
    return this.#pause.end;
  }

  /** The pause is over: on to the next. */
  advance(): void {
    this.#pause = this.#next(this.end);
  }

  /** When something that is there at `time` is noticed: at once, or after the pause. Ask for times that do not run back. */
  afterPause(time: number): number {
    while (this.end <= time) this.advance();
    return this.begin <= time ? this.end : time;
  }
}

const NEVER: Pause = { begin: Infinity, end: Infinity };

function playedBack(pauses: readonly Pause[]): () => Pause {
  let next = 0;
  return () => pauses[next++] ?? NEVER;
}

function atRandom({ perSecond, microseconds }: Pauses, random: RandomSource): (after: number) => Pause {
  if (perSecond === 0) return () => NEVER;
  const mean = microseconds.reduce((sum, one) => sum + one, 0) / microseconds.length;
  const meanGap = Math.max(1e6 / perSecond - mean, 1);
  return (after) => {
    const begin = after - Math.log(1 - random()) * meanGap;
    return { begin, end: begin + (microseconds[Math.floor(random() * microseconds.length)] ?? 0) };
  };
}

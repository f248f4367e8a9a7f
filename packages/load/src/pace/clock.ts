import { setImmediate, setTimeout } from 'node:timers/promises';

/** What a pace is kept by. */
export interface Clock {
  /** In milliseconds from some beginning. */
  now(): number;
  /**
   * Lets others do their work, and comes back at that time or earlier.
   *
   * @returns for how long this took a processor without anything to do, in milliseconds
   */
  waitUntil(time: number): Promise<number>;
}

/** The clock of this process: `performance.now()`. Timers come up to a millisecond late, so the last of a wait is spent awake. */
export const processClock: Clock = {
  now: () => performance.now(),
  waitUntil: async (time) => {
    const begin = performance.now();
    if (time - begin > TIMER_LATENESS) {
      await setTimeout(time - begin - TIMER_LATENESS);
      return 0;
    }
    await setImmediate();
    return performance.now() - begin;
  },
};

/** In milliseconds. */
const TIMER_LATENESS = 1.5;

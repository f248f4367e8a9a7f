import { type Pauses, pausesOf } from '@latchkey/plan';

/**
 * Measures how often and for how long this machine takes its processor from a thread that wants it: the thread does nothing
 * but look at the clock.
 *
 * @param milliseconds for how long; the thread is busy all the while
 */
export function measurePauses(milliseconds: number): Pauses {
  const pauses: number[] = [];
  const begin = performance.now();
  let last = begin;
  while (last - begin < milliseconds) {
    const now = performance.now();
    if (now - last > SHORTEST) pauses.push((now - last) * 1000);
    last = now;
  }
  return pausesOf(pauses, milliseconds / 1000);
}

/** Shorter ones nobody waits for, in milliseconds. */
const SHORTEST = 0.05;

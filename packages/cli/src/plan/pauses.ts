import type { Pauses } from '@latchkey/plan';

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
  pauses.sort((one, other) => one - other);
  return { perSecond: (pauses.length * 1000) / milliseconds, microseconds: quantilesOf(pauses) };
}

/** Shorter ones nobody waits for, in milliseconds. */
const SHORTEST = 0.05;

/** Enough for the rare long one to be among them. */
const QUANTILES = 1000;

function quantilesOf(sorted: readonly number[]): number[] {
  if (sorted.length === 0) return [0];
  if (sorted.length <= QUANTILES) return sorted.map(Math.round);
  return Array.from({ length: QUANTILES }, (_, index) =>
    Math.round(sorted[Math.floor(((index + 0.5) * sorted.length) / QUANTILES)] ?? 0),
  );
}

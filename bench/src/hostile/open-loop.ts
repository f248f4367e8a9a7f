import { setTimeout } from 'node:timers/promises';
import { Arrivals, randomSource } from '@latchkey/load';

/** How much honest clients ask for. */
export interface HonestLoad {
  /** How often in a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly seed: number;
}

/** What honest clients do. */
export interface HonestWork {
  /** @param now a moment of `performance.now()`: from then on the client waits */
  begin(now: number): void;
  /** Sends all that has begun. */
  flush(): void;
  readonly inFlight: number;
}

/**
 * Has work begun at random moments, whether or not what was begun before has come to its end, and waits for all of it.
 *
 * It sleeps in between, so that attackers have the processor meanwhile: what is due begins up to a millisecond late, and
 * does not count as having been under way before.
 */
export async function workInOpenLoop(work: HonestWork, { rate, seconds, seed }: HonestLoad): Promise<void> {
  const arrivals = new Arrivals(rate, randomSource(seed));
  const begin = performance.now();
  for (let now = 0; now < seconds * 1000; now = performance.now() - begin) {
    for (; arrivals.next <= now; arrivals.advance()) work.begin(begin + now);
    work.flush();
    await setTimeout(1);
  }
  while (work.inFlight > 0) await setTimeout(1);
}

import type { LoadBench } from './served-load.js';

/** What is known of a rate of operations. */
export interface KnownRate {
  /** Operations per second. */
  readonly rate: number;
  /** The share of its processor's time that the key server used, from 0 to 1. */
  readonly busy: number;
}

/**
 * Finds the rate at which a key server uses a share of its processor, while all that is there during a measurement is there, too.
 *
 * @param load that share
 * @param known what others have found; what is found is added
 */
export async function findRate(bench: LoadBench, load: number, known: KnownRate[]): Promise<number> {
  for (let step = 0; step < SEARCH_STEPS; step += 1) {
    const rate = rateFor(load, known);
    const { busy } = await bench.serve({
      rate,
      seconds: SEARCH_SECONDS,
      warmUpSeconds: SEARCH_SECONDS / 4,
      seed: known.length,
    });
    known.push({ rate, busy });
  }
  return rateFor(load, known);
}

const SEARCH_STEPS = 3;
const SEARCH_SECONDS = 0.8;

/** Between the nearest that are known, or beyond the nearest in proportion. */
export function rateFor(load: number, known: readonly KnownRate[]): number {
  const sorted = known.toSorted((one, other) => one.rate - other.rate);
  const below = sorted.findLast(({ busy }) => busy <= load) ?? { rate: 0, busy: 0 };
  const above = sorted.find(({ busy, rate }) => busy > load && rate > below.rate);
  if (above !== undefined)
    return below.rate + ((load - below.busy) / (above.busy - below.busy)) * (above.rate - below.rate);
  return Math.min(load / below.busy, MOST_GROWTH) * below.rate;
}

/** In one step: beyond what is known it may cost more. */
const MOST_GROWTH = 2;

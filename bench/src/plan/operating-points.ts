import type { LoadBench, ServedLoad, Subject } from './served-load.js';

/** A load of a key server, and what it costs. */
export interface OperatingPoint {
  /** The share of its processor's time that the key server is to use, from 0 to 1. */
  readonly load: number;
  /** Operations per second. */
  readonly rate: number;
  /** As it was seen at that rate, once. */
  readonly served: ServedLoad;
}

/**
 * Finds the rates at which a key server uses these shares of its processor at speed 1.
 *
 * @param loads ascending
 * @param first a rate to begin with
 */
export async function findOperatingPoints(
  bench: LoadBench,
  subject: Subject,
  loads: readonly number[],
  first: number,
): Promise<OperatingPoint[]> {
  const points: OperatingPoint[] = [];
  const known: { readonly rate: number; readonly work: number }[] = [{ rate: 0, work: 0 }];
  const tryOut = async (rate: number, seconds: number): Promise<ServedLoad> => {
    const served = await bench.serve(subject, { rate, seconds, warmUpSeconds: seconds / 4, seed: 1 });
    known.push({ rate, work: served.work });
    return served;
  };
  // Until code is compiled for speed.
  await bench.serve(subject, { rate: first, seconds: 1.5, warmUpSeconds: 0, seed: 1 });
  await tryOut(first, SEARCH_SECONDS);
  for (const load of loads) {
    for (let step = 0; step < SEARCH_STEPS; step += 1) await tryOut(rateFor(load, known), SEARCH_SECONDS);
    const rate = rateFor(load, known);
    points.push({ load, rate, served: await tryOut(rate, COST_SECONDS) });
  }
  return points;
}

const SEARCH_STEPS = 2;
const SEARCH_SECONDS = 0.8;
/** For how long what it costs is measured. */
const COST_SECONDS = 4;

/** Between the nearest that are known, or beyond the nearest in proportion. */
export function rateFor(
  load: number,
  known: readonly { readonly rate: number; readonly work: number }[],
): number {
  const sorted = known.toSorted((one, other) => one.rate - other.rate);
  const below = sorted.findLast(({ work }) => work <= load) ?? { rate: 0, work: 0 };
  const above = sorted.find(({ work, rate }) => work > load && rate > below.rate);
  if (above !== undefined)
    return below.rate + ((load - below.work) / (above.work - below.work)) * (above.rate - below.rate);
  return Math.min(load / below.work, MOST_GROWTH) * below.rate;
}

/** In one step: beyond what is known it may cost more. */
const MOST_GROWTH = 2;

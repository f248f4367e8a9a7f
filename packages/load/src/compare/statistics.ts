import { randomSource } from '../pace/random.js';
import { spreadOf } from '../spread.js';

/** How a candidate compares with its base in one thing that should be low. */
export interface Comparison {
  /** The candidate's by the base's: the median over the pairs. More than 1: slower. */
  readonly ratio: number;
  /** It is between these with 95 % confidence. */
  readonly lowest: number;
  readonly highest: number;
  readonly pairs: number;
}

/** What is to be made of it. */
export type Verdict = 'slower' | 'faster' | 'same';

/**
 * Compares measurements that were made in turn on one machine, pair by pair: what disturbs both of a pair is in neither's
 * favour. The confidence interval is by the bootstrap (Efron 1979): of medians over pairs that are drawn again and again from those
 * that there are, 2.5 % lie on either side.
 *
 * @param base at least one, each more than 0
 * @param candidate as many
 * @param seed decides which pairs are drawn
 */
export function compare(base: readonly number[], candidate: readonly number[], seed = 1): Comparison {
  const ratios = candidate.slice(0, base.length).map((value, index) => value / (base[index] ?? Number.NaN));
  const random = randomSource(seed);
  const drawn = ratios.map(() => 0);
  const medians = Float64Array.from({ length: RESAMPLES }, () => {
    for (let index = 0; index < drawn.length; index += 1)
      drawn[index] = ratios[Math.floor(random() * ratios.length)] ?? Number.NaN;
    return spreadOf(drawn).median;
  }).toSorted();
  const at = (share: number) => medians[Math.round(share * (RESAMPLES - 1))] ?? Number.NaN;
  return { ratio: spreadOf(ratios).median, lowest: at(0.025), highest: at(0.975), pairs: ratios.length };
}

/**
 * A difference counts when it is both significant and worth it: the whole of the confidence interval is on one side of 1, and the
 * ratio is over the threshold.
 *
 * @param threshold e.g. 0.05 for 5 %
 */
export function verdictOn({ ratio, lowest, highest }: Comparison, threshold: number): Verdict {
  if (lowest > 1 && ratio > 1 + threshold) return 'slower';
  if (highest < 1 && ratio < 1 / (1 + threshold)) return 'faster';
  return 'same';
}

/** A median, and between what it is with 95 % confidence. */
export interface Interval {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The median of many measurements, and its confidence interval: between the measurements of those ranks between which the
 * median of a population falls in 95 % of all samples (Conover, Practical Nonparametric Statistics, section 3.2).
 *
 * @param values at least one; some dozens for the interval to mean something
 */
export function medianInterval(values: readonly number[]): Interval {
  const { median, lowest: least, highest: most } = spreadOf(values);
  const sorted = values.toSorted((a, b) => a - b);
  const distance = (1.96 * Math.sqrt(values.length)) / 2;
  const lowest = sorted[Math.floor(values.length / 2 - distance) - 1] ?? least;
  const highest = sorted[Math.ceil(values.length / 2 + distance)] ?? most;
  return { median, lowest, highest };
}

const RESAMPLES = 2000;

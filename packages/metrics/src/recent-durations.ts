import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Quantiles of a set of durations. */
export interface DurationQuantiles {
  /** How many durations they are of. */
  readonly count: number;
  /** In seconds, in the order of the quantiles that were asked for; undefined where there is no duration. */
  readonly seconds: readonly (number | undefined)[];
}

/** Quantiles, to a hundredth of their value, of the durations of the last half minute to minute. */
export class RecentDurations {
  #current = createHistogram(HISTOGRAM);
  #previous = createHistogram(HISTOGRAM);
  #currentSince = 0;

  /**
   * @param seconds 0 or more
   * @param now in milliseconds on the clock of `performance.now()`
   */
  record(seconds: number, now: number): void {
    this.#rotate(now);
    this.#current.record(Math.min(Math.max(1, Math.round(seconds * MICROSECONDS)), HISTOGRAM.highest));
  }

  /**
   * @param quantiles each above 0 and at most 1
   * @param now as in {@link record}
   */
  quantiles(quantiles: readonly number[], now: number): DurationQuantiles {
    this.#rotate(now);
    const all = createHistogram(HISTOGRAM);
    all.add(this.#current);
    all.add(this.#previous);
    const { count } = all;
    const seconds = quantiles.map((quantile) =>
      count === 0 ? undefined : all.percentile(quantile * 100) / MICROSECONDS,
    );
    return { count, seconds };
  }

  #rotate(now: number): void {
    const age = now - this.#currentSince;
    if (age < INTERVAL) return;
    const oldest: RecordableHistogram = this.#previous;
    this.#previous = this.#current;
    this.#current = oldest;
    this.#current.reset();
    if (age >= 2 * INTERVAL) this.#previous.reset();
    this.#currentSince = now;
  }
}

const INTERVAL = 30_000;
const MICROSECONDS = 1e6;
/** In microseconds. */
const HISTOGRAM = { lowest: 1, highest: 600_000_000, figures: 2 };

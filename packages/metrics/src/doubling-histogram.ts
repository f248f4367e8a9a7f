/** The buckets of a {@link DoublingHistogram}. */
export interface DoublingBuckets {
  /** The bound of the first bucket; each one after it has twice the bound of the one before. */
  readonly firstBound: number;
  /** How many have a bound, 1 to 31; one more takes what is above the last. */
  readonly count: number;
}

/** What a histogram holds, as Prometheus wants it. */
export interface HistogramSnapshot {
  /** Upper bounds with the number of values that are not above them, in ascending order; without the last, `+Inf`. */
  readonly buckets: readonly { readonly bound: number; readonly count: number }[];
  readonly count: number;
  readonly sum: number;
}

/**
 * Counts values in buckets whose bounds double. Recording takes a few nanoseconds: the bucket of a value is where its
 * highest bit is.
 */
export class DoublingHistogram {
  readonly #buckets: DoublingBuckets;
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(buckets: DoublingBuckets) {
    this.#buckets = buckets;
    this.#counts = new Float64Array(buckets.count + 1);
  }

  /** @param value 0 or more */
  record(value: number): void {
    const units = Math.min(Math.ceil(value / this.#buckets.firstBound), MAXIMUM_UNITS);
    const index = Math.min(units < 2 ? 0 : 32 - Math.clz32(units - 1), this.#buckets.count);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  snapshot(): HistogramSnapshot {
    let total = 0;
    const cumulative = [...this.#counts].map((count) => (total += count));
    const buckets = cumulative
      .slice(0, -1)
      .map((count, index) => ({ bound: this.#buckets.firstBound * 2 ** index, count }));
    return { buckets, count: total, sum: this.#sum };
  }
}

/** More than any bucket's bound, and still 32 bits. */
const MAXIMUM_UNITS = 2 ** 32 - 1;

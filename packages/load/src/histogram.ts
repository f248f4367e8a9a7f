import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import { BenchmarkError } from './benchmark-error.js';

/**
 * Times with three digits that matter, or two, from a nanosecond to an hour (HdrHistogram). Histograms of several processes merge
 * without loss where they have as many digits, and travel as text that HdrHistogram's tools read too (V2, compressed, base 64).
 *
 * Times go in and come out in milliseconds.
 */
export class LatencyHistogram {
  readonly #histogram: Histogram;

  /** @param digits that matter: with two, its memory and the work to write, read and merge it are an eighth */
  constructor(digits: 2 | 3 = 3) {
    this.#histogram = build({
      bitBucketSize: 64,
      highestTrackableValue: LONGEST,
      numberOfSignificantValueDigits: digits,
    });
  }

  /**
   * Reads what {@link toString} has written.
   *
   * @param digits that matter here; default: 3
   * @throws {BenchmarkError} when it is something else
   */
  static parse(text: string, digits: 2 | 3 = 3): LatencyHistogram {
    const histogram = new LatencyHistogram(digits);
    try {
      histogram.#histogram.add(decodeFromCompressedBase64(text, 64));
    } catch (error) {
      throw new BenchmarkError('this is no histogram of latencies', { cause: error });
    }
    return histogram;
  }

  /** How many times it holds. */
  get count(): number {
    return this.#histogram.totalCount;
  }

  /** The longest; 0 when it is empty. */
  get maximum(): number {
    return this.percentile(100);
  }

  /** 0 when it is empty. */
  get mean(): number {
    return this.count === 0 ? 0 : this.#histogram.mean / NANOSECONDS;
  }

  /** Takes a time. What is longer than an hour counts as an hour, less than a nanosecond as one. */
  record(milliseconds: number): void {
    const nanoseconds = Math.round(milliseconds * NANOSECONDS);
    this.#histogram.recordValue(Math.min(Math.max(nanoseconds, 1), LONGEST));
  }

  /**
   * The time that so many of a hundred took at most; 0 when it is empty.
   *
   * @param percentage from 0 to 100
   */
  percentile(percentage: number): number {
    return this.count === 0 ? 0 : this.#histogram.getValueAtPercentile(percentage) / NANOSECONDS;
  }

  /** Takes all the times of another, which stays as it is. */
  merge(other: LatencyHistogram): void {
    this.#histogram.add(other.#histogram);
  }

  /** Forgets all times. */
  reset(): void {
    this.#histogram.reset();
  }

  toString(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }
}

/** In a millisecond. */
const NANOSECONDS = 1e6;
/** An hour, in nanoseconds. */
const LONGEST = 3600e9;

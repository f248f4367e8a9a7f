import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from './histogram.js';

const milliseconds = fc.double({ min: 1e-6, max: 100_000, noNaN: true });
const times = fc.array(milliseconds, { minLength: 1, maxLength: 200 });

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** The times that stand where a percentile is looked for. */
function exact(values: readonly number[], percentage: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percentage / 100) * sorted.length) - 1)]!;
}

describe('LatencyHistogram', () => {
  it('knows any percentile to three digits', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(0, 1, 25, 50, 90, 99, 99.9, 100), (values, percentage) => {
        const found = histogramOf(values).percentile(percentage);
        // A nanosecond is as fine as it gets.
        expect(Math.abs(found - exact(values, percentage))).toBeLessThan(0.001 * found + 1.1e-6);
      }),
    );
  });

  it('knows it to two digits where it was made so, and reads itself so', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(1, 50, 99, 100), (values, percentage) => {
        const rough = new LatencyHistogram(2);
        for (const value of values) rough.record(value);
        const truth = exact(values, percentage);
        for (const found of [rough, LatencyHistogram.parse(rough.toString(), 2)])
          expect(Math.abs(found.percentile(percentage) - truth)).toBeLessThan(0.01 * truth + 1.1e-6);
        expect(LatencyHistogram.parse(histogramOf(values).toString(), 2).count).toBe(values.length);
      }),
    );
  });

  it('merges without loss, in any order, and leaves the other as it was', () => {
    fc.assert(
      fc.property(times, times, (ours, theirs) => {
        const other = histogramOf(theirs);
        const merged = histogramOf(ours);
        merged.merge(other);
        const whole = histogramOf([...theirs, ...ours]);
        for (const percentage of [1, 50, 99, 100])
          expect(merged.percentile(percentage)).toBe(whole.percentile(percentage));
        expect(merged.count).toBe(whole.count);
        expect(other.count).toBe(theirs.length);
      }),
    );
  });

  it('is the same after a journey as text', () => {
    fc.assert(
      fc.property(times, (values) => {
        const histogram = histogramOf(values);
        const arrived = LatencyHistogram.parse(histogram.toString());
        expect(arrived.count).toBe(histogram.count);
        expect(arrived.maximum).toBe(histogram.maximum);
        for (const percentage of [1, 50, 99.9])
          expect(arrived.percentile(percentage)).toBe(histogram.percentile(percentage));
      }),
    );
  });

  it('takes what is out of its range for its ends', () => {
    const histogram = histogramOf([0, -1, 5e6]);
    expect(histogram.percentile(1)).toBe(1e-6);
    expect(histogram.maximum / 3.6e6).toBeCloseTo(1, 2);
  });

  it('is empty at first and when it has forgotten', () => {
    const histogram = histogramOf([3]);
    histogram.reset();
    const { count, maximum, mean } = histogram;
    expect([count, maximum, mean, histogram.percentile(99)]).toEqual([0, 0, 0, 0]);
  });

  it('refuses text that is something else', () => {
    for (const text of ['', 'histogram', Buffer.from('something else').toString('base64')])
      expect(() => LatencyHistogram.parse(text)).toThrow('no histogram');
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DoublingHistogram } from './doubling-histogram.js';

const BUCKETS = { firstBound: 0.5, count: 4 };
const BOUNDS = [0.5, 1, 2, 4];

describe('DoublingHistogram', () => {
  it('has the bounds that were asked for', () => {
    const { buckets, count, sum } = new DoublingHistogram(BUCKETS).snapshot();
    expect(buckets).toEqual(BOUNDS.map((bound) => ({ bound, count: 0 })));
    expect({ count, sum }).toEqual({ count: 0, sum: 0 });
  });

  it('counts each value in every bucket whose bound it does not exceed, as Prometheus defines it', () => {
    const value = fc.oneof(fc.constantFrom(0, ...BOUNDS), fc.double({ min: 0, max: 1e15, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const histogram = new DoublingHistogram(BUCKETS);
        for (const each of values) histogram.record(each);
        const { buckets, count, sum } = histogram.snapshot();
        expect(buckets).toEqual(
          BOUNDS.map((bound) => ({ bound, count: values.filter((each) => each <= bound).length })),
        );
        expect(count).toBe(values.length);
        expect(sum).toBe(values.reduce((total, each) => total + each, 0));
      }),
    );
  });
});

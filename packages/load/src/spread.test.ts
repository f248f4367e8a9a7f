import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spreadOf } from './spread.js';

describe('spreadOf', () => {
  it('takes the value in the middle, or the mean of the two', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, lowest: 1, highest: 3 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, lowest: 1, highest: 4 });
    expect(spreadOf([7])).toEqual({ median: 7, lowest: 7, highest: 7 });
  });

  it('has as many values above the median as below, whatever their order', () => {
    const values = fc.array(fc.integer(), { minLength: 1 });
    fc.assert(
      fc.property(values, (measured) => {
        const { median, lowest, highest } = spreadOf(measured);
        const below = measured.filter((value) => value < median).length;
        const above = measured.filter((value) => value > median).length;
        expect(below).toBeLessThanOrEqual(measured.length / 2);
        expect(above).toBeLessThanOrEqual(measured.length / 2);
        expect([lowest, highest]).toEqual([Math.min(...measured), Math.max(...measured)]);
      }),
    );
  });

  it('refuses to describe nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});

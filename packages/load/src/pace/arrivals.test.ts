import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arrivals } from './arrivals.js';
import { randomSource } from './random.js';

function take(count: number, arrivals: Arrivals): number[] {
  return Array.from({ length: count }, () => {
    const { next } = arrivals;
    arrivals.advance();
    return next;
  });
}

describe('Arrivals', () => {
  it('come at the rate that is asked for, one after the other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 1, max: 1e6 }),
        (seed, rate) => {
          const due = take(20_000, new Arrivals(rate, randomSource(seed)));
          expect(due.every((time, index) => time >= (due[index - 1] ?? 0))).toBe(true);
          const measured = (due.length / due.at(-1)!) * 1000;
          expect(Math.abs(measured / rate - 1)).toBeLessThan(0.05);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('come in bunches as those of strangers do: about one gap in three is longer than the mean', () => {
    const due = take(20_000, new Arrivals(1000, randomSource(1)));
    const long = due.filter((time, index) => time - (due[index - 1] ?? 0) > 1).length;
    expect(long / due.length).toBeGreaterThan(0.34);
    expect(long / due.length).toBeLessThan(0.4);
  });

  it('are the same with the same seed', () => {
    const arrivals = (seed: number) => take(5, new Arrivals(10, randomSource(seed)));
    expect(arrivals(7)).toEqual(arrivals(7));
    expect(arrivals(7)).not.toEqual(arrivals(8));
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  it('gives its burst at once, then as many as its rate', () => {
    const bucket = new TokenBucket({ rate: 2, burst: 3 });
    const take = (now: number) => bucket.take(now);
    expect([0, 0, 0, 0].map(take)).toEqual([true, true, true, false]);
    expect([499, 500, 500, 1000, 1000].map(take)).toEqual([false, true, false, true, false]);
  });

  it('is full again after a long silence, and not more than full', () => {
    const bucket = new TokenBucket({ rate: 1, burst: 2 });
    const take = (now: number) => bucket.take(now);
    expect([5, 5, 5].map(take)).toEqual([true, true, false]);
    expect([1e9, 1e9, 1e9].map(take)).toEqual([true, true, false]);
  });

  it('gives less than one per second too', () => {
    const bucket = new TokenBucket({ rate: 0.5, burst: 1 });
    expect([0, 1999, 2000].map((now) => bucket.take(now))).toEqual([true, false, true]);
  });

  it('never gives more than burst and rate allow, however it is asked', () => {
    const limit = fc.record({
      rate: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      burst: fc.integer({ min: 1, max: 100 }),
    });
    const pauses = fc.array(fc.double({ min: 0, max: 10_000, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(limit, pauses, (bounds, steps) => {
        const bucket = new TokenBucket(bounds);
        let now = 0;
        let taken = 0;
        for (const step of steps) {
          now += step;
          if (bucket.take(now)) taken += 1;
          expect(taken).toBeLessThanOrEqual(bounds.burst + (now / 1000) * bounds.rate + 1e-6);
        }
      }),
    );
  });
});

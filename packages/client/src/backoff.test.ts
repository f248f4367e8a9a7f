import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from './backoff.js';

describe('backoffDelay', () => {
  it('doubles from the initial wait up to the longest', () => {
    const backoff = { initial: 100, maximum: 1000, jitter: 0 };
    expect([1, 2, 3, 4, 5, 6, 2000].map((failures) => backoffDelay(backoff, failures))).toEqual([
      100, 200, 400, 800, 1000, 1000, 1000,
    ]);
  });

  it('leaves the share to chance that jitter says, and never waits longer for it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        (jitter, random, failures) => {
          const backoff = { initial: 10, maximum: 5000, jitter };
          const longest = backoffDelay({ ...backoff, jitter: 0 }, failures);
          const delay = backoffDelay(backoff, failures, random);
          expect(delay).toBeLessThanOrEqual(longest);
          expect(delay).toBeGreaterThanOrEqual(longest * (1 - jitter) - 1e-6);
        },
      ),
    );
    expect(backoffDelay({ initial: 100, maximum: 1000, jitter: 0.5 }, 1, 1)).toBe(50);
  });
});

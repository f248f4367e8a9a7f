import { describe, expect, it } from 'vitest';
import { RecentDurations } from './recent-durations.js';

const QUANTILES = [0.5, 0.99, 1];

describe('RecentDurations', () => {
  it('has no quantiles while there is nothing', () => {
    expect(new RecentDurations().quantiles(QUANTILES, 0)).toEqual({
      count: 0,
      seconds: [undefined, undefined, undefined],
    });
  });

  it('gives quantiles to a hundredth of their value', () => {
    const durations = new RecentDurations();
    for (let milliseconds = 1; milliseconds <= 1000; milliseconds++) durations.record(milliseconds / 1000, 0);
    const { count, seconds } = durations.quantiles(QUANTILES, 0);
    expect(count).toBe(1000);
    for (const [index, expected] of [0.5, 0.99, 1].entries())
      expect(Math.abs(seconds[index]! - expected) / expected).toBeLessThan(0.01);
  });

  it('forgets what is older than a minute, and not what is younger than half a minute', () => {
    const durations = new RecentDurations();
    durations.record(1, 30_000);
    durations.record(2, 60_000);
    expect(durations.quantiles(QUANTILES, 89_999).count).toBe(2);
    expect(durations.quantiles(QUANTILES, 90_000).count).toBe(1);
    expect(durations.quantiles(QUANTILES, 120_000).count).toBe(0);
  });

  it('takes any duration', () => {
    const durations = new RecentDurations();
    for (const seconds of [0, 1e-9, 1e9]) durations.record(seconds, 0);
    expect(durations.quantiles([1], 0).seconds[0]).toBeGreaterThan(590);
  });
});

import { describe, expect, it } from 'vitest';
import { randomSource } from '../pace/random.js';
import { compare, medianInterval, verdictOn } from './statistics.js';

/** Pairs as a noisy machine gives them: each pair shares a disturbance, each of the two has its own, and some are hit hard. */
function noisyPairs(slowdown: number, seed: number, pairs = 15) {
  const random = randomSource(seed);
  const noise = (share: number) => 1 + share * (random() + random() + random() - 1.5);
  const hit = () => (random() < 0.1 ? 1 + random() : 1);
  const shared = Array.from({ length: pairs }, () => 30 * noise(0.3));
  return {
    base: shared.map((value) => value * noise(0.08) * hit()),
    candidate: shared.map((value) => value * slowdown * noise(0.08) * hit()),
  };
}

function share(slowdown: number, wanted: string): number {
  const runs = Array.from({ length: 200 }, (_, seed) => noisyPairs(slowdown, seed));
  const verdicts = runs.map(({ base, candidate }) => verdictOn(compare(base, candidate), 0.05));
  return verdicts.filter((verdict) => verdict === wanted).length / runs.length;
}

describe('compare', () => {
  it('finds a slowdown of 10 % in nine of ten runs on a noisy machine', () => {
    expect(share(1.1, 'slower')).toBeGreaterThan(0.9);
  });

  it('finds none in nine of ten runs of a version against itself', () => {
    expect(share(1, 'same')).toBeGreaterThan(0.9);
  });

  it('finds what became faster', () => {
    expect(share(1 / 1.15, 'faster')).toBeGreaterThan(0.9);
    expect(share(1 / 1.15, 'slower')).toBe(0);
  });

  it('calls nothing slower that is so for certain but by less than the threshold', () => {
    const base = Array.from({ length: 10 }, (_, index) => 100 + index);
    const comparison = compare(
      base,
      base.map((value) => value * 1.03),
    );
    expect(comparison).toMatchObject({ pairs: 10 });
    expect(comparison.ratio).toBeCloseTo(1.03, 10);
    expect(comparison.lowest).toBeCloseTo(1.03, 10);
    expect(verdictOn(comparison, 0.05)).toBe('same');
    expect(verdictOn(comparison, 0.02)).toBe('slower');
  });

  it('calls nothing slower that may be chance', () => {
    const comparison = compare([100, 100, 100, 100], [200, 90, 95, 180]);
    expect(comparison.ratio).toBeGreaterThan(1.3);
    expect(comparison.lowest).toBeLessThan(1);
    expect(verdictOn(comparison, 0.05)).toBe('same');
  });

  it('holds the true ratio in its interval about as often as it says', () => {
    const held = Array.from({ length: 200 }, (_, seed) => {
      const { base, candidate } = noisyPairs(1.1, seed);
      const { lowest, highest } = compare(base, candidate);
      return lowest <= 1.1 && 1.1 <= highest;
    });
    expect(held.filter(Boolean).length / held.length).toBeGreaterThan(0.88);
  });

  it('is the same with the same seed', () => {
    const { base, candidate } = noisyPairs(1, 7);
    expect(compare(base, candidate, 3)).toEqual(compare(base, candidate, 3));
  });
});

describe('medianInterval', () => {
  it('has the median of what is measured between its ends in nineteen of twenty samples', () => {
    const random = randomSource(1);
    // Skewed, as latencies are; its median is 0.25.
    const samples = Array.from({ length: 2000 }, () => Array.from({ length: 60 }, () => random() ** 2));
    const right = samples.filter((values) => {
      const { lowest, highest } = medianInterval(values);
      return lowest <= 0.25 && highest >= 0.25;
    });
    expect(right.length / samples.length).toBeGreaterThan(0.94);
    expect(right.length / samples.length).toBeLessThan(0.99);
  });

  it('is as wide as what is measured where that is little', () => {
    expect(medianInterval([3, 1, 2])).toEqual({ median: 2, lowest: 1, highest: 3 });
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyEstimate } from './latency-estimate.js';

describe('LatencyEstimate', () => {
  it('has none before the first answer, and takes that for what it is', () => {
    const estimate = new LatencyEstimate();
    expect(estimate.at(5)).toBeUndefined();
    estimate.record(7, 5);
    expect(estimate.at(5)).toBe(7);
  });

  it('follows a change within seconds, however many answers come', () => {
    for (const interval of [1, 10, 500]) {
      const estimate = new LatencyEstimate();
      for (let now = 0; now <= 10_000; now += interval) estimate.record(now < 5000 ? 1 : 50, now);
      expect(estimate.at(10_000)).toBeGreaterThan(45);
    }
  });

  it('is not moved far by one answer among many', () => {
    const estimate = new LatencyEstimate();
    for (let now = 0; now < 1000; now++) estimate.record(1, now);
    estimate.record(100, 1000);
    expect(estimate.at(1000)).toBeLessThan(4);
  });

  it('forgets what it has not seen for long', () => {
    const estimate = new LatencyEstimate();
    estimate.record(50, 0);
    expect(estimate.at(1000)).toBeGreaterThan(25);
    expect(estimate.at(20_000)).toBeLessThan(0.01);
  });

  it('never leaves what was measured', () => {
    const answer = fc.record({ latency: fc.integer({ min: 1, max: 1000 }), pause: fc.nat(5000) });
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1 }), (answers) => {
        const estimate = new LatencyEstimate();
        let now = 0;
        for (const { latency, pause } of answers) estimate.record(latency, (now += pause));
        const latencies = answers.map(({ latency }) => latency);
        expect(estimate.at(now)).toBeGreaterThanOrEqual(Math.min(...latencies) - 1e-6);
        expect(estimate.at(now)).toBeLessThanOrEqual(Math.max(...latencies) + 1e-6);
      }),
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanWait, type Station, utilisationOf, waitingProbability, waitPercentile } from './waiting.js';

function station(change: Partial<Station>): Station {
  return { servers: 1, arrivalRate: 0.5, serviceTime: 1, variability: 1, ...change };
}

describe('waiting', () => {
  it('in M/M/1 is as in the textbook: P(wait) is the utilisation, the mean u/(1-u) service times', () => {
    for (const arrivalRate of [0.1, 0.5, 0.9]) {
      const queue = station({ arrivalRate });
      expect(waitingProbability(queue)).toBeCloseTo(arrivalRate, 12);
      expect(meanWait(queue)).toBeCloseTo(arrivalRate / (1 - arrivalRate), 12);
    }
  });

  it('in M/D/1 is half of that in M/M/1', () => {
    expect(meanWait(station({ variability: 0 }))).toBeCloseTo(meanWait(station({})) / 2, 12);
  });

  // Allen, table of Erlang's C: 2 servers at 50 %: 1/3; 10 servers at 80 %: 0.4092.
  it.each([
    [2, 0.5, 1 / 3],
    [10, 0.8, 0.4092],
    [100, 0.9, 0.217],
  ])('of %i servers at a utilisation of %f: Erlang C gives %f', (servers, utilisation, probability) => {
    expect(waitingProbability(station({ servers, arrivalRate: servers * utilisation }))).toBeCloseTo(
      probability,
      3,
    );
  });

  it('has no end once more comes than can be served', () => {
    const queue = station({ arrivalRate: 1 });
    expect(meanWait(queue)).toBe(Infinity);
    expect(waitPercentile(queue, 0.99)).toBe(Infinity);
    expect(waitingProbability(queue)).toBe(1);
  });

  it('percentiles of M/M/1 are those of its exponential tail', () => {
    // P(W > t) = u exp(-(1-u) t): 0.01 = 0.5 exp(-t/2).
    expect(waitPercentile(station({}), 0.99)).toBeCloseTo(2 * Math.log(50), 10);
    expect(waitPercentile(station({}), 0.4)).toBe(0);
  });

  it('grows with the load and shrinks with more servers for the same load each', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0.01, max: 0.98, noNaN: true }),
        fc.double({ min: 0, max: 4, noNaN: true }),
        (servers, utilisation, variability) => {
          const at = (count: number, used: number) =>
            station({ servers: count, arrivalRate: count * used, variability });
          const queue = at(servers, utilisation);
          expect(utilisationOf(queue)).toBeCloseTo(utilisation, 10);
          expect(meanWait(at(servers, utilisation + 0.01))).toBeGreaterThan(meanWait(queue));
          expect(meanWait(at(servers + 1, utilisation))).toBeLessThanOrEqual(meanWait(queue));
          expect(waitPercentile(queue, 0.99)).toBeGreaterThanOrEqual(waitPercentile(queue, 0.9));
        },
      ),
    );
  });
});

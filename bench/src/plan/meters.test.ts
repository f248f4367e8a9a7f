import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinPauses, meanSpeed, sinceThen, speedsOf } from './meters.js';

const lists = fc.array(
  fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 50 }))
      .map(([begin, length]) => ({ begin, end: begin + length })),
  ),
);

it('pauses of several causes are one after the other, and hold every moment of each', () => {
  fc.assert(
    fc.property(lists, (causes) => {
      const joined = joinPauses(...causes);
      let last = -Infinity;
      for (const { begin, end } of joined) {
        expect(begin).toBeGreaterThan(last);
        expect(end).toBeGreaterThanOrEqual(begin);
        last = end;
      }
      const holds = (moment: number) => joined.some(({ begin, end }) => begin <= moment && moment <= end);
      for (const { begin, end } of causes.flat()) expect([begin, end].every(holds)).toBe(true);
      const moments = joined.flatMap(({ begin, end }) => [begin, end]);
      for (const moment of moments)
        expect(causes.flat().some(({ begin, end }) => moment === begin || moment === end)).toBe(true);
    }),
  );
});

it('a processor is as fast as most of what was tried in a tenth of a second says', () => {
  const probes = Array.from({ length: 30 }, (_, index) => ({
    at: 1000 + index * 10_000,
    // One in ten is disturbed; the last tenth of a second takes twice as long.
    took: index % 10 === 3 ? 5000 : index < 20 ? 40 : 80,
  }));
  const speeds = speedsOf(probes, 40);
  expect(speeds).toEqual([
    { at: 0, speed: 1 },
    { at: 100_000, speed: 1 },
    { at: 200_000, speed: 0.5 },
  ]);
  // The same work takes 1, 1 and 2 tenths of a second.
  expect(meanSpeed(speeds)).toBe(0.75);
  expect(meanSpeed([])).toBe(1);
});

it('what was seen is told by the clock of the requests, from the first of them on', () => {
  const seen = {
    pauses: [
      { begin: 900, end: 950 },
      { begin: 990, end: 1010 },
    ],
    looks: [{ begin: 1100, end: 1150 }],
    waits: [{ begin: 1200, end: 1300 }],
    probes: [{ at: 1500, took: 40 }],
  };
  const { server } = sinceThen({ server: seen, client: seen }, 1000);
  expect(server).toEqual({
    pauses: [{ begin: 0, end: 10 }],
    looks: [{ begin: 100, end: 150 }],
    waits: [{ begin: 200, end: 300 }],
    probes: [{ at: 500, took: 40 }],
  });
});

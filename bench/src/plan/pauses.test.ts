import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinPauses } from './pauses.js';

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

import { expect, it } from 'vitest';
import { rateFor } from './operating-points.js';

it('a rate is sought between the nearest that are known, and not far beyond what is', () => {
  const known = [
    { rate: 0, busy: 0 },
    { rate: 1000, busy: 0.2 },
    { rate: 3000, busy: 0.4 },
  ];
  expect(rateFor(0.1, known)).toBeCloseTo(500, 6);
  expect(rateFor(0.3, known)).toBeCloseTo(2000, 6);
  expect(rateFor(0.6, known)).toBeCloseTo(4500, 6);
  expect(rateFor(0.8, known.slice(0, 2))).toBeCloseTo(2000, 6);
});

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { stallAsleep, stretch } from './stalls.js';

it('waking up as late as processors of virtual machines do is no stall', () => {
  expect(stallAsleep(1500, 500, 1600)).toBeUndefined();
});

it('a stall lasts until it is over, and began before it could be seen', () => {
  expect(stallAsleep(1500, 500, 1700)).toEqual({ begin: 1300, end: 1700 });
  expect(stallAsleep(1500, 500, 9500)).toEqual({ begin: 1250, end: 9500 });
});

it('stalls that begin at any moment of a sleep are as long as they were, on average', () => {
  fc.assert(
    fc.property(fc.integer({ min: 700, max: 20_000 }), (length) => {
      let [seen, times] = [0, 0];
      for (let begin = 1000; begin < 1500; begin += 5) {
        const stall = stallAsleep(1500, 500, begin + length);
        if (stall === undefined) continue;
        seen += stall.end - stall.begin;
        times += 1;
      }
      expect(times).toBe(100);
      expect(Math.abs(seen / times / length - 1)).toBeLessThan(0.2);
    }),
  );
});

it('a process had its processor for as long as it took CPU time, around what it saw of that', () => {
  const awake = [
    { begin: 500, end: 520 },
    { begin: 1000, end: 1060 },
  ];
  expect(stretch(awake, 120)).toEqual([
    { begin: 490, end: 530 },
    { begin: 990, end: 1070 },
  ]);
  // It was kept from it meanwhile: that is no less of a pause.
  expect(stretch(awake, 50)).toEqual(awake);
  expect(stretch([], 50)).toEqual([]);
});

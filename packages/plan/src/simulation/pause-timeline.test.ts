import { randomSource } from '@latchkey/load';
import { expect, it } from 'vitest';
import { PauseTimeline } from './pause-timeline.js';

it('a machine stands still as often, and for as large a share of the time, as was measured', () => {
  const timeline = PauseTimeline.of({ perSecond: 100, microseconds: [1000, 5000] }, randomSource(1));
  let paused = 0;
  let pauses = 0;
  for (; timeline.end < 100e6; timeline.advance()) {
    paused += timeline.end - timeline.begin;
    pauses += 1;
  }
  expect(pauses / 100).toBeGreaterThan(95);
  expect(pauses / 100).toBeLessThan(105);
  expect(paused / 100e6).toBeGreaterThan(0.28);
  expect(paused / 100e6).toBeLessThan(0.32);
});

it('nothing is noticed in a pause, and everything at once without one', () => {
  const timeline = PauseTimeline.of({ perSecond: 10, microseconds: [1000] }, randomSource(1));
  const { begin, end } = timeline;
  expect(timeline.afterPause(begin - 1)).toBe(begin - 1);
  expect(timeline.afterPause(begin + 1)).toBe(end);
  expect(timeline.afterPause(end)).toBe(end);
  const never = PauseTimeline.of({ perSecond: 0, microseconds: [0] }, randomSource(1));
  expect(never.afterPause(1e12)).toBe(1e12);
});

it('pauses that were seen come when they came, and no others', () => {
  const seen = [
    { begin: 0, end: 10 },
    { begin: 500, end: 700 },
  ];
  const timeline = PauseTimeline.of(seen, randomSource(1));
  expect([5, 10, 499, 500, 699, 700, 1e12].map((time) => timeline.afterPause(time))).toEqual([
    10, 10, 499, 700, 700, 700, 1e12,
  ]);
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.js';

describe('EventQueue', () => {
  it('gives out what was put in, soonest first, however many there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ noNaN: true }), fc.integer(), fc.integer()), { maxLength: 3000 }),
        (events) => {
          const queue = new EventQueue();
          for (const [time, subject, version] of events) queue.push(time, subject | 0, version | 0);
          const taken: number[][] = [];
          while (queue.length > 0) {
            taken.push([queue.time, queue.subject, queue.version]);
            queue.pop();
          }
          const times = taken.map(([time]) => time);
          expect(times).toEqual(times.toSorted((a, b) => a! - b!));
          const sorted = (list: readonly (readonly number[])[]) => list.map(String).toSorted();
          expect(sorted(taken)).toEqual(sorted(events));
        },
      ),
    );
  });

  it('never comes to an end it does not have', () => {
    expect(new EventQueue().time).toBe(Infinity);
  });
});

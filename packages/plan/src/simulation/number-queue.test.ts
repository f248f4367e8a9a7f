import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { NumberQueue } from './number-queue.js';

it('a queue gives numbers out in the order in which they came, also after it has grown', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer(), fc.constant('take' as const))), (steps) => {
      const queue = new NumberQueue();
      const model: number[] = [];
      const taken: number[] = [];
      const expected: number[] = [];
      for (const step of steps.flatMap((one): (number | 'take')[] =>
        one === 'take' ? [one] : [one, one, one],
      )) {
        if (step !== 'take') {
          queue.push(step);
          model.push(step);
        } else if (model.length > 0) {
          taken.push(queue.shift());
          expected.push(model.shift() ?? Number.NaN);
        }
      }
      expect(taken).toEqual(expected);
      expect(queue.length).toBe(model.length);
    }),
  );
});

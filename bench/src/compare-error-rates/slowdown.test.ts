import { runInThisContext } from 'node:vm';
import { randomSource } from '@latchkey/load';
import { describe, expect, it } from 'vitest';
import { slowdownOf } from './slowdown.js';

describe('slowdownOf', () => {
  it('takes the share that was asked for of what pieces cost, however much that changes and whatever interrupts it', () => {
    const random = randomSource(1);
    let cpuTime = 1e6;
    let own = 0;
    const slowDown = slowdownOf(0.1, () => {
      // Computing takes time, and now and then something else does.
      cpuTime += random() < 0.01 ? 500 : 2;
      return cpuTime;
    });
    const begin = cpuTime;
    for (let piece = 0; piece < 1e6; piece += 1) {
      const cost = piece < 5e5 ? 10 * random() : 30;
      own += cost;
      cpuTime += cost;
      slowDown();
    }
    expect((cpuTime - begin) / own).toBeCloseTo(1.1, 2);
  });

  it('is a text that works wherever it is planted', () => {
    const slowDown = runInThisContext(`(${String(slowdownOf)})(0.1)`) as () => void;
    const { user, system } = process.cpuUsage();
    for (let piece = 0; piece < 1e5; piece += 1) slowDown();
    const after = process.cpuUsage();
    expect(after.user + after.system).toBeGreaterThan(user + system);
  });
});

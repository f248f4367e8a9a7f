import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turn } from './turn.js';

describe('Turn', () => {
  it('ends after what is in it, and writes what its operations bring', async () => {
    const turn = new Turn();
    const order: string[] = [];
    turn.write(() => order.push('write'));
    turn.perform(() => {
      order.push('perform');
      turn.write(() => order.push('write what was performed'));
    });
    order.push('in the turn');
    await setImmediate();
    expect(order).toEqual(['in the turn', 'perform', 'write', 'write what was performed']);
  });

  it('leaves to the next turn what comes up while it ends, and forgets none of it', async () => {
    const turn = new Turn();
    const order: string[] = [];
    turn.perform(() => {
      order.push('first');
      turn.perform(() => order.push('second'));
    });
    turn.write(() => turn.write(() => order.push('written later')));
    await setImmediate();
    expect(order).toEqual(['first']);
    await setImmediate();
    expect(order).toEqual(['first', 'second', 'written later']);
  });
});

import { describe, expect, it } from 'vitest';
import { RequestBudget } from './request-budget.js';

describe('RequestBudget', () => {
  it('is tight from three quarters on, and exhausted at all of it', () => {
    const budget = new RequestBudget(8, 1000);
    for (let count = 1; count <= 8; count++) {
      expect(budget.isTight).toBe(count > 6);
      expect(budget.take(1)).toBe(true);
    }
    expect(budget.take(1)).toBe(false);
    budget.release(1);
    expect(budget.take(1)).toBe(true);
    expect(budget.requests).toBe(8);
  });

  it('bounds bytes as it does requests', () => {
    const budget = new RequestBudget(1000, 100);
    expect(budget.take(75)).toBe(true);
    expect(budget.isTight).toBe(true);
    expect(budget.take(26)).toBe(false);
    expect(budget.take(25)).toBe(true);
    budget.release(75);
    expect(budget.isTight).toBe(false);
  });

  it('wakes each that waits for room once, and not before there is any', async () => {
    const budget = new RequestBudget(4, 1000);
    const woken: string[] = [];
    const [one, other] = [() => void woken.push('one'), () => void woken.push('other')];
    for (let count = 0; count < 4; count++) budget.take(1);
    budget.waitForRoom(one);
    budget.waitForRoom(other);
    budget.waitForRoom(one);
    budget.release(1);
    await turn();
    expect(woken).toEqual([]);
    budget.release(1);
    budget.release(1);
    await turn();
    expect(woken).toEqual(['one', 'other']);
    budget.release(1);
    await turn();
    expect(woken).toEqual(['one', 'other']);
  });

  it('lets one that was woken wait again', async () => {
    const budget = new RequestBudget(1, 1000);
    let woken = 0;
    const wake = () => {
      woken += 1;
      if (budget.take(1)) budget.waitForRoom(wake);
    };
    budget.take(1);
    budget.waitForRoom(wake);
    budget.release(1);
    await turn();
    budget.release(1);
    await turn();
    expect(woken).toBe(2);
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}

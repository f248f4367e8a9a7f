import { expect, it } from 'vitest';
import { TurnQueue } from './turn-queue.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('runs a lone task at once', () => {
  const ran: number[] = [];
  new TurnQueue(2).run(() => ran.push(1));
  expect(ran).toEqual([1]);
});

it('spreads a burst over turns of the event loop, in order', async () => {
  const queue = new TurnQueue(2);
  const ran: number[] = [];
  for (const number of [1, 2, 3, 4, 5]) queue.run(() => ran.push(number));
  expect(ran).toEqual([1, 2]);
  await nextTurn();
  expect(ran).toEqual([1, 2, 3, 4]);
  await nextTurn();
  expect(ran).toEqual([1, 2, 3, 4, 5]);
});

it('lets no later task overtake those that wait', async () => {
  const queue = new TurnQueue(1);
  const ran: string[] = [];
  queue.run(() => {
    ran.push('first');
    queue.run(() => ran.push('asked for by the first'));
  });
  queue.run(() => ran.push('second'));
  await nextTurn();
  await nextTurn();
  expect(ran).toEqual(['first', 'asked for by the first', 'second']);
});

it('has room again in the next turn', async () => {
  const queue = new TurnQueue(1);
  queue.run(() => {});
  await nextTurn();
  await nextTurn();
  let ran = false;
  queue.run(() => (ran = true));
  expect(ran).toBe(true);
});

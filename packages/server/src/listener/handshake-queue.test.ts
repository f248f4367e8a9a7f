import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { HandshakeQueue } from './handshake-queue.js';

it('begins two handshakes a turn, in the order in which they came, however many came at once', async () => {
  const queue = new HandshakeQueue();
  const begun: number[] = [];
  for (let at = 0; at < 5; at += 1) queue.add(() => begun.push(at));
  expect(begun).toEqual([]);
  await setImmediate();
  expect(begun).toEqual([0, 1]);
  await setImmediate();
  expect(begun).toEqual([0, 1, 2, 3]);
  await setImmediate();
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

it('begins no more in a turn for what is added while others are begun, and goes on after it had nothing to do', async () => {
  const queue = new HandshakeQueue();
  const begun: string[] = [];
  const name = (label: string) => () => begun.push(label);
  queue.add(() => {
    for (const label of ['second', 'third', 'fourth', 'fifth']) queue.add(name(label));
  });
  await setImmediate();
  await setImmediate();
  expect(begun).toEqual(['second', 'third']);
  await setImmediate();
  expect(begun).toEqual(['second', 'third', 'fourth', 'fifth']);
  queue.add(name('later'));
  await setImmediate();
  expect(begun.at(-1)).toBe('later');
});

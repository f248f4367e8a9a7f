import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { HandshakeQueue } from './handshake-queue.js';

it('begins one handshake a turn, in the order in which they came, however many came at once', async () => {
  const queue = new HandshakeQueue();
  const begun: number[] = [];
  for (let at = 0; at < 3; at += 1) queue.add(() => begun.push(at));
  expect(begun).toEqual([]);
  await setImmediate();
  expect(begun).toEqual([0]);
  await setImmediate();
  expect(begun).toEqual([0, 1]);
  await setImmediate();
  expect(begun).toEqual([0, 1, 2]);
});

it('begins no more in a turn for what is added while others are begun, and goes on after it had nothing to do', async () => {
  const queue = new HandshakeQueue();
  const begun: string[] = [];
  const name = (label: string) => () => begun.push(label);
  queue.add(() => {
    for (const label of ['second', 'third']) queue.add(name(label));
  });
  await setImmediate();
  await setImmediate();
  expect(begun).toEqual(['second']);
  await setImmediate();
  expect(begun).toEqual(['second', 'third']);
  queue.add(name('later'));
  await setImmediate();
  expect(begun.at(-1)).toBe('later');
});

import { expect, it } from 'vitest';
import { Scratch } from './scratch.js';

const scratch = new Scratch(1000);

it.each([0, 1, 100, 249, 250, 999, 1000])('lets %d bytes be taken that nothing overwrites', (length) => {
  scratch.memory.fill(1, 0, length);
  const bytes = scratch.take(length);
  scratch.memory.fill(2);
  expect(bytes).toEqual(Buffer.alloc(length, 1));
});

it('lets few bytes not keep much memory', () => {
  expect(scratch.take(100).buffer).not.toBe(scratch.memory.buffer);
  expect(scratch.take(100).buffer.byteLength).not.toBe(1000);
});

it('uses memory again that was lent', () => {
  expect(scratch.lend(1000).buffer).toBe(scratch.memory.buffer);
});

it('does not use memory again that was lent and then given away', () => {
  scratch.memory.fill(1);
  const bytes = scratch.lend(1000);
  scratch.giveAway();
  scratch.memory.fill(2);
  expect(bytes).toEqual(Buffer.alloc(1000, 1));
});

import { expect, it } from 'vitest';
import { Scratch } from './scratch.js';

const scratch = new Scratch(1000);

function fill(length: number, value: number): Buffer {
  return scratch.fill((into) => into.fill(value, 0, length) && length);
}

it.each([0, 1, 100, 249, 250, 999, 1000])('gives out %d bytes that nothing overwrites', (length) => {
  const bytes = fill(length, 1);
  fill(1000, 2);
  expect(bytes).toEqual(Buffer.alloc(length, 1));
});

it('lets few bytes not keep much memory', () => {
  expect(fill(100, 1).buffer).not.toBe(fill(1000, 2).buffer);
});

it('uses memory again that was given back', () => {
  const bytes = fill(1000, 1);
  scratch.giveBack(bytes);
  expect(fill(1000, 2).buffer).toBe(bytes.buffer);
});

it('does not use memory again because other memory is given back', () => {
  const bytes = fill(1000, 1);
  scratch.giveBack(Buffer.alloc(1000));
  fill(1000, 2);
  expect(bytes).toEqual(Buffer.alloc(1000, 1));
});

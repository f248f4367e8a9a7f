import { expect, it } from 'vitest';
import { Rests } from './rests.js';

it('a key server rests from operations of a type for as long as it has said', () => {
  const rests = new Rests();
  rests.begin('seal', 100, 1000);
  expect(rests.includes('seal', 1099)).toBe(true);
  expect(rests.includes('unseal', 1099)).toBe(false);
  expect(rests.includes('seal', 1100)).toBe(false);
  rests.begin('seal', 0, 1100);
  expect(rests.includes('seal', 1100)).toBe(false);
});

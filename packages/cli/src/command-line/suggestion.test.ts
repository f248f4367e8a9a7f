import { describe, expect, it } from 'vitest';
import { nearest } from './suggestion.js';

describe('nearest', () => {
  it.each([
    ['chekc', 'check'],
    ['sever', 'server'],
    ['demos', 'demo'],
    ['pk', 'pki'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearest(word, ['demo', 'server', 'edge', 'pki', 'keys', 'check'])).toBe(meant);
  });

  it('suggests nothing for another word', () => {
    expect(nearest('bananas', ['demo', 'server', 'edge'])).toBeUndefined();
  });
});

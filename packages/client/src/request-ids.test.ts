import { describe, expect, it } from 'vitest';
import { RequestIds } from './request-ids.js';

describe('RequestIds', () => {
  it('goes round after 2^32 - 1', () => {
    const ids = new RequestIds(new Set(), 0xfffffffe);
    expect([ids.take(), ids.take(), ids.take(), ids.take()]).toEqual([0xfffffffe, 0xffffffff, 0, 1]);
  });

  it('skips ids that are still in use, so that a late answer cannot be taken for another', () => {
    const ids = new RequestIds(new Set([0xffffffff, 0, 2]), 0xffffffff);
    expect([ids.take(), ids.take()]).toEqual([1, 3]);
  });
});

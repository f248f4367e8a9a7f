import { describe, expect, it } from 'vitest';
import { Counters } from './statistics.js';

describe('Counters', () => {
  it('counts refusals by their reason, but does not keep more reasons than an operator reads', () => {
    const counters = new Counters();
    for (let round = 0; round < 2; round++)
      for (let code = 0; code < 100; code++) counters.countRefusal(`ERR_${code}`);
    const { refused } = counters.snapshot().connections;
    expect(Object.keys(refused)).toHaveLength(33);
    expect(refused).toMatchObject({ ERR_0: 2, ERR_31: 2, OTHER: 136 });
  });
});

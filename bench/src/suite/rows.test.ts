import { describe, expect, it } from 'vitest';
import type { MeasuredLoad } from '@latchkey/load';
import { rowOf, rowOfRepeats } from './rows.js';

const NAME = { id: 'one', title: 'One', group: 'All', pace: { type: 'closed_loop' } } as const;

function measured(rate: number, cpu: number, refusal?: string): MeasuredLoad {
  const result = { rate } as MeasuredLoad['result'];
  const server = { cpuPerOperation: [cpu], threads: [] };
  return { result, server, ...(refusal !== undefined && { refusal }) };
}

describe('a row of several repeats', () => {
  it('shows the one in the middle of those in which the generator was in time, and what all cost', () => {
    const row = rowOfRepeats([measured(9, 1), measured(5, 2, 'late'), measured(7, 3), measured(8, 4)], NAME);
    expect(row).toMatchObject({ result: { rate: 8 }, server: { cpuPerOperation: [1, 2, 3, 4] } });
    expect(row).not.toHaveProperty('refusal');
  });

  it('has no result where the generator was in time in none', () => {
    const row = rowOfRepeats([measured(9, 1, 'late'), measured(5, 2, 'busy')], NAME);
    expect(row).toMatchObject({ refusal: 'late', server: { cpuPerOperation: [1, 2] } });
    expect(row).not.toHaveProperty('result');
  });
});

describe('a row of a load at a rate of its own', () => {
  it('says nothing of the first attempt, and of a later one which it was', () => {
    expect(rowOf({ measured: measured(9, 1), attempts: 1 }, NAME)).not.toHaveProperty('note');
    const { note } = rowOf({ measured: measured(9, 1), attempts: 2 }, NAME);
    expect(note).toContain('attempt 2 of at most 3');
  });

  it('has no result where the generator was late in all attempts', () => {
    const row = rowOf({ measured: measured(9, 1, 'late'), attempts: 3 }, NAME);
    expect(row.refusal).toBe('late, in each of 3 attempts');
    expect(row).not.toHaveProperty('result');
  });
});

import { describe, expect, it } from 'vitest';
import { cpuTimeOf, parseProcessorList } from './processors.js';

describe('parseProcessorList', () => {
  it.each([
    ['0', [0]],
    ['0-1', [0, 1]],
    ['2-4,7,9-10', [2, 3, 4, 7, 9, 10]],
  ])("reads the kernel's list %s", (list, processors) => {
    expect(parseProcessorList(list)).toEqual(processors);
  });
});

describe('cpuTimeOf', () => {
  it('counts the CPU time of a process, in microseconds', () => {
    const before = { counted: cpuTimeOf(process.pid), taken: process.cpuUsage() };
    while (process.cpuUsage(before.taken).user < 50_000);
    const { user, system } = process.cpuUsage(before.taken);
    const counted = cpuTimeOf(process.pid) - before.counted;
    expect(counted).toBeGreaterThan((user + system) / 2);
    expect(counted).toBeLessThan((user + system) * 2);
  });
});

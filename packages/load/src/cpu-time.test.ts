import { describe, expect, it } from 'vitest';
import { cpuTimeOf, threadTimesOf } from './cpu-time.js';

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

describe('threadTimesOf', () => {
  it('names every thread, the first one first', () => {
    const [first, ...others] = threadTimesOf(process.pid);
    expect(first).toMatchObject({ id: process.pid });
    expect(others.length).toBeGreaterThan(0);
    for (const { name, cpu } of others) {
      expect(name).not.toBe('');
      expect(cpu).toBeGreaterThanOrEqual(0);
    }
  });
});

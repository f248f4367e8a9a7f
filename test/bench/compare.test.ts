import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Measurement, Report } from '@latchkey/load';
import { describe, expect, it } from 'vitest';
import { latchkey, temporaryFolder } from '../cli/support.js';
import { ROOT } from '../docs/documents.js';

function reportFile(folder: string, name: string, cpu: Readonly<Record<string, readonly number[]>>): string {
  const measurements = Object.entries(cpu).map(([id, cpuPerOperation]): Measurement => ({
    id,
    title: `the ${id}`,
    group: 'all',
    pace: { type: 'closed_loop' },
    server: { cpuPerOperation, threads: [] },
  }));
  const report: Report = {
    format: 'latchkey-bench-1',
    title: name,
    date: '2026-11-22T00:00:00Z',
    command: [],
    seed: 1,
    environment: { versions: {}, processor: { model: 'any', count: 2 }, memory: 1 },
    configuration: {},
    measurements,
  };
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(report));
  return file;
}

describe('latchkey bench compare', () => {
  it('of two results fails for what has become slower, and for nothing else', async () => {
    const folder = temporaryFolder();
    const base = reportFile(folder, 'base.json', { ping: [4, 5, 4.5, 4.2], signature: [30, 31, 29, 30] });
    const slower = reportFile(folder, 'slower.json', {
      ping: [4.1, 4.9, 4.4, 4.3],
      signature: [36, 37, 35, 36],
    });
    const markdown = join(folder, 'comment.md');
    const found = await latchkey('bench', 'compare', base, slower, '--markdown', markdown);
    expect(found.exitCode).toBe(1);
    expect(found.output).toContain('**Slower: the signature.**');
    expect(found.output).toMatch(
      /^\| the signature \| 30\.0 \| 36\.0 \| \+20\.0 % \| .* \| \+5\.0 % \| 🔴 slower \|$/m,
    );
    expect(found.output).toMatch(/^\| the ping .* \| same \|$/m);
    expect(readFileSync(markdown, 'utf8')).toBe(found.output);

    const again = await latchkey('bench', 'compare', base, base);
    expect(again).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('**No slowdown.**') as string,
    });
    const tolerant = await latchkey('bench', 'compare', base, slower, '--threshold', '30');
    expect(tolerant.exitCode).toBe(0);
  });

  it('of two checkouts measures both', { timeout: 180_000 }, async () => {
    const file = join(temporaryFolder(), 'result.json');
    const short = ['--rounds', '3', '--seconds', '0.05', '--benchmark', 'ping', '--benchmark', 'resumed'];
    const { output, errors } = await latchkey('bench', 'compare', ROOT, ROOT, ...short, '--json', file);
    expect(output, errors).toMatch(/^\| ping \| [\d.]+ \| [\d.]+ \|/m);
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as {
      results: { id: string; base: number[] }[];
    };
    expect(results.map(({ id, base }) => [id, base.length])).toEqual([
      ['ping', 3],
      ['resumed', 3],
    ]);
  });

  it.each([
    [['HEAD'], 'compare what?'],
    [['no-such-thing', 'HEAD'], 'nothing that git knows'],
    [['/', '/'], 'is no checkout of Latchkey'],
    [['package.json', 'package.json'], 'has no results of latchkey bench'],
    [[ROOT, ROOT, '--benchmark', 'tea'], '--benchmark tea: expected one of ping'],
    [[ROOT, ROOT, '--rounds', '1'], 'expected a whole number from 3'],
  ])('refuses %j', async (words, message) => {
    const { exitCode, errors } = await latchkey('bench', 'compare', ...words);
    expect(errors).toContain(message);
    expect(exitCode).toBe(2);
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { runCommand } from '../support/run-command.js';

const BENCHMARK = fileURLToPath(new URL('../../bench/dist/edge.js', import.meta.url));

/** What the report says, as far as these tests read it. */
interface Report {
  readonly versions: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly id: string;
    readonly node: { readonly median: number };
    readonly edge: { readonly median: number };
    readonly ratio: { readonly median: number };
  }[];
}

describe('npm run bench:edge', () => {
  it('measures an edge beside a server of Node, case by case', async () => {
    const file = join(temporaryFolder(), 'report.json');
    const cases = ['named-1.3-p256', 'resumed-1.2', 'h1-request', 'h1-upload', 'h2-download'];
    const commandLine = ['--quick', '--rounds', '1', '--cases', cases.join(','), '--json', file];
    const { exitCode, output, errors } = await runCommand(process.execPath, [BENCHMARK, ...commandLine]);
    expect(errors).toBe('');
    expect(exitCode).toBe(0);

    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    expect(report.versions).toMatchObject({ node: process.version });
    expect(report.cases.map(({ id }) => id)).toEqual(cases);
    for (const { id, node, edge, ratio } of report.cases) {
      expect(node.median, id).toBeGreaterThan(0);
      expect(ratio.median, id).toBeCloseTo(edge.median / node.median);
    }
    expect(output.toString()).toMatch(/\nMiB to the visitor, HTTP\/2 .* <= 1\.1 +(met|over by \d+ %)\n/);
  });

  it.each([
    ['--rounds', 'many', '--rounds must be a whole number from 1 to 1000'],
    ['--cases', 'h1-request,h3-request', /^--cases: h3-request is not one of full-1\.3-p256, /],
  ])('says what is wrong with %s %s', async (name, value, message) => {
    const { exitCode, errors } = await runCommand(process.execPath, [BENCHMARK, name, value]);
    expect(exitCode).toBe(1);
    expect(errors.replace('bench:edge: ', '').trimEnd()).toMatch(message);
  });
});

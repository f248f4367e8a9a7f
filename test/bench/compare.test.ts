import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Measurement, Report } from '@latchkey/load';
import { describe, expect, it } from 'vitest';
import { latchkey, RunningCommand, temporaryFolder } from '../cli/support.js';
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

/**
 * A repository with two versions, `before` (a tag) and `after` (a branch), that write down when they are set up and run. Their
 * `latchkey` is ours: a version of its own would have to be built, which takes minutes.
 */
function repositoryOfTwoVersions(): { readonly folder: string; readonly log: () => string[] } {
  const folder = temporaryFolder();
  const log = join(temporaryFolder(), 'log');
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...words], {
      cwd: folder,
    });
  const commit = (version: string) => {
    const note = (what: string) => `appendFileSync(${JSON.stringify(log)}, \`${version}: ${what}\\n\`);`;
    const files = {
      'package.json': '{ "type": "module" }',
      '.gitignore': '.cache/\ndist/\n',
      'scripts/setup.mjs': `import { appendFileSync, mkdirSync } from 'node:fs';
mkdirSync('packages/cli/dist');
${note('set up')}
`,
      'packages/cli/bin/latchkey.js': `import { appendFileSync } from 'node:fs';
${note('${process.argv[2]}')}
await import(${JSON.stringify(pathToFileURL(join(ROOT, 'packages', 'cli', 'bin', 'latchkey.js')))});
`,
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    git('add', '.');
    git('commit', '--quiet', '--message', version);
  };
  git('init', '--quiet', '--initial-branch', 'after');
  commit('before');
  git('tag', 'before');
  commit('after');
  return { folder, log: () => readFileSync(log, 'utf8').trim().split('\n') };
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

  it(
    'of two names that git knows checks out, sets up, runs and measures both',
    { timeout: 180_000 },
    async () => {
      const { folder, log } = repositoryOfTwoVersions();
      const file = join(folder, 'result.json');
      const short = ['--rounds', '3', '--seconds', '0.05', '--benchmark', 'ping', '--benchmark', 'full'];
      const commandLine = ['bench', 'compare', 'before', 'after', ...short, '--json', file];
      const { output, errors } = await new RunningCommand(commandLine, undefined, [
        'env',
        '-C',
        folder,
      ]).ended();
      expect(output, errors).toMatch(/before \([0-9a-f]{7}\)/);
      expect(output).toMatch(/after \([0-9a-f]{7}\)/);
      const { results } = JSON.parse(readFileSync(file, 'utf8')) as {
        results: { id: string; base: number[]; candidate: number[] }[];
      };
      expect(results.map(({ id, base, candidate }) => [id, base.length, candidate.length])).toEqual([
        ['ping', 3, 3],
        ['full', 3, 3],
      ]);
      for (const { base, candidate } of results)
        for (const cpu of [...base, ...candidate]) expect(cpu).toBeGreaterThan(0);
      expect(log().toSorted()).toEqual(
        ['after', 'before'].flatMap((version) =>
          ['edge', 'server', 'set up'].map((what) => `${version}: ${what}`),
        ),
      );
    },
  );

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

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from '@latchkey/load';
import { UsageError } from '../../command-line/errors.js';

const run = promisify(execFile);

/** One of the two that are compared. */
export type Side =
  /** A version that can be run. @see {@link resolveSide} */
  | { readonly type: 'checkout'; readonly name: string; readonly program: string }
  /** What a run has found. */
  | { readonly type: 'report'; readonly name: string; readonly report: Report };

/**
 * Finds out what is meant: a file with results, a folder with a checkout that has been built, or a name that git knows. For the
 * latter a worktree is made in `.cache/bench` of the repository around the current folder, and set up, which takes a while the first
 * time.
 *
 * @throws {UsageError} when it is none of these
 */
export async function resolveSide(text: string, onProgress: (text: string) => void): Promise<Side> {
  const found = await stat(text).catch(() => undefined);
  if (found?.isFile() === true) return { type: 'report', name: text, report: await readReport(text) };
  if (found?.isDirectory() === true)
    return { type: 'checkout', name: text, program: programOf(resolve(text)) };
  const commit = await git('rev-parse', '--verify', '--quiet', `${text}^{commit}`);
  if (commit === undefined)
    throw new UsageError(
      `${text} is no file with results, no folder with a checkout and nothing that git knows`,
    );
  const root = (await git('rev-parse', '--show-toplevel')) ?? '.';
  const directory = join(root, '.cache', 'bench', commit.slice(0, 12));
  if (!existsSync(directory))
    await run('git', ['worktree', 'add', '--detach', directory, commit], { cwd: root });
  onProgress(`setting up ${text} (${commit.slice(0, 12)})`);
  await run(process.execPath, [join('scripts', 'setup.mjs')], { cwd: directory, maxBuffer: 2 ** 26 });
  return { type: 'checkout', name: `${text} (${commit.slice(0, 7)})`, program: programOf(directory) };
}

async function git(...commandLine: readonly string[]): Promise<string | undefined> {
  const result = await run('git', commandLine).catch(() => undefined);
  return result?.stdout.trim();
}

function programOf(directory: string): string {
  const program = join(directory, 'packages', 'cli', 'bin', 'latchkey.js');
  if (!existsSync(program) || !existsSync(join(directory, 'packages', 'cli', 'dist')))
    throw new UsageError(`${directory} is no checkout of Latchkey that has been set up: npm run setup`);
  return program;
}

async function readReport(file: string): Promise<Report> {
  const refuse = (cause?: unknown) => new UsageError(`${file} has no results of latchkey bench`, { cause });
  let report: unknown;
  try {
    report = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw refuse(error);
  }
  if ((report as Partial<Report> | null)?.format !== 'latchkey-bench-1') throw refuse();
  return report as Report;
}

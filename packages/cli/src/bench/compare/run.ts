import { writeFile } from 'node:fs/promises';
import { type CommandContext, ExitCode } from '../../command-line/command.js';
import { UsageError } from '../../command-line/errors.js';
import { parseInteger } from '../../command-line/values.js';
import { Progress } from '../progress.js';
import { compareSides } from './compare.js';
import { formatMarkdown } from './markdown.js';
import { resolveSide } from './side.js';

/** What the command line says of a comparison, as text. */
export interface CompareWords {
  readonly benchmark: readonly string[];
  readonly rounds: string | undefined;
  readonly seconds: string | undefined;
  readonly threshold: string | undefined;
  readonly seed: string | undefined;
  readonly markdown: string | undefined;
  readonly json: string | undefined;
}

/**
 * `latchkey bench compare`: prints and writes a table.
 *
 * @returns {@link ExitCode.FAILURE} when something has become slower
 */
export async function runCompare(
  words: CompareWords,
  base: string | undefined,
  candidate: string | undefined,
  { output, errors }: Pick<CommandContext, 'output' | 'errors'>,
): Promise<ExitCode> {
  if (base === undefined || candidate === undefined)
    throw new UsageError('compare what? latchkey bench compare BASE CANDIDATE');
  const { rounds = '40', threshold, seed = '1' } = words;
  const options = {
    benchmarks: words.benchmark,
    rounds: parseInteger('--rounds', rounds, { minimum: 3, maximum: 1000 }),
    seconds: secondsOf(words.seconds ?? '0.15'),
    threshold:
      threshold === undefined
        ? undefined
        : parseInteger('--threshold', threshold, { minimum: 0, maximum: 1000 }) / 100,
    seed: parseInteger('--seed', seed, { minimum: 0, maximum: 2 ** 32 - 1 }),
  };
  const progress = new Progress(errors);
  const onProgress = (text: string) => progress.note(text);
  const sides = [await resolveSide(base, onProgress), await resolveSide(candidate, onProgress)] as const;
  const results = await compareSides(...sides, { ...options, onProgress });
  progress.end();
  const markdown = formatMarkdown(sides[0].name, sides[1].name, results);
  output.write(markdown);
  if (words.markdown !== undefined) await writeFile(words.markdown, markdown);
  if (words.json !== undefined)
    await writeFile(words.json, `${JSON.stringify({ base, candidate, options, results }, undefined, 2)}\n`);
  return results.some(({ verdict }) => verdict === 'slower') ? ExitCode.FAILURE : ExitCode.OK;
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.05 && seconds <= 60))
    throw new UsageError(`--seconds ${text}: expected a number from 0.05 to 60`);
  return seconds;
}

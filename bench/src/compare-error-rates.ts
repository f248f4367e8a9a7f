/**
 * How often `latchkey bench compare` is right (docs/guides/benchmarks.md): so many comparisons of this version with one in which
 * every request takes the key server 10 % longer, and as many with itself.
 *
 * `npm run bench:compare-error-rates [-- --runs N --rounds N --seconds N --slowdown SHARE --only planted|itself]`
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { BenchmarkError } from '@latchkey/load';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Every request of a key server comes through this function. */
const PLANTED = {
  file: join('packages', 'codec', 'dist', 'kssl1', 'request.js'),
  before: /^ {4}decode\(.*\{$/m,
};

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '40' },
    seconds: { type: 'string', default: '0.15' },
    slowdown: { type: 'string', default: '0.1' },
    only: { type: 'string' },
  },
});
const how = ['--benchmark', 'p-256', '--rounds', values.rounds, '--seconds', values.seconds];
const runs = Number(values.runs);

const copy = await mkdtemp(join(tmpdir(), 'latchkey-planted-'));
try {
  await cp(join(ROOT, 'packages'), join(copy, 'packages'), { recursive: true, verbatimSymlinks: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  if (values.only !== 'planted') await repeat('itself', (verdict) => verdict !== 'slower');
  if (values.only !== 'itself') {
    const [{ base }] = await compareOnce(0);
    const microseconds =
      (base.toSorted((one, other) => one - other)[base.length >> 1] ?? 0) * Number(values.slowdown);
    await plant(microseconds);
    console.log(
      `planted: ${microseconds.toFixed(2)} us of CPU for each request, ${values.slowdown} of what it takes`,
    );
    await repeat('planted', (verdict) => verdict === 'slower');
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}

async function repeat(title: string, isRight: (verdict: string) => boolean): Promise<void> {
  let right = 0;
  for (let run = 1; run <= runs; run += 1) {
    const [{ verdict, comparison }] = await compareOnce(run);
    if (isRight(verdict)) right += 1;
    const [ratio, lowest, highest] = [comparison.ratio, comparison.lowest, comparison.highest].map((value) =>
      value.toFixed(3),
    );
    console.log(`${title} ${run}: ${ratio} (${lowest}..${highest}) ${verdict}`);
  }
  console.log(`${title}: right in ${right} of ${runs}`);
}

interface Result {
  readonly base: readonly number[];
  readonly verdict: string;
  readonly comparison: { readonly ratio: number; readonly lowest: number; readonly highest: number };
}

/** As somebody would at the command line. */
async function compareOnce(seed: number): Promise<readonly [Result]> {
  const file = join(copy, 'result.json');
  const command = [
    join(ROOT, 'packages', 'cli', 'bin', 'latchkey.js'),
    'bench',
    'compare',
    ROOT,
    copy,
    ...how,
  ];
  await promisify(execFile)(process.execPath, [...command, '--seed', String(seed), '--json', file]).catch(
    // Exit code 1 is a slowdown.
    (error: Error & { readonly code?: unknown }) => {
      if (error.code !== 1) throw error;
    },
  );
  const { results } = JSON.parse(await readFile(file, 'utf8')) as { results: readonly [Result] };
  return results;
}

async function plant(microseconds: number): Promise<void> {
  const file = join(copy, PLANTED.file);
  const code = await readFile(file, 'utf8');
  if (!PLANTED.before.test(code))
    throw new BenchmarkError(`there is nowhere to plant a slowdown in ${PLANTED.file}`);
  const loop = `const plantedUntil = performance.now() + ${microseconds / 1000};\n  while (performance.now() < plantedUntil);`;
  await writeFile(
    file,
    code.replace(PLANTED.before, (line) => `${line}\n  ${loop}`),
  );
}

/**
 * How often `latchkey bench compare` is right (docs/guides/benchmarks.md): so many comparisons of this version with one that
 * takes the key server 10 % more CPU time, and as many with itself.
 *
 * `npm run bench:compare-error-rates [-- --runs N --rounds N --seconds N --seed N --slowdown SHARE --only planted|itself]`
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { BenchmarkError } from '@latchkey/load';
import { slowdownOf } from './compare-error-rates/slowdown.js';

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
    seed: { type: 'string', default: '1' },
    slowdown: { type: 'string', default: '0.1' },
    only: { type: 'string' },
  },
});
const how = ['--benchmark', 'p-256', '--rounds', values.rounds, '--seconds', values.seconds];
const runs = Number(values.runs);
const firstSeed = Number(values.seed);

const copy = await mkdtemp(join(tmpdir(), 'latchkey-planted-'));
try {
  await cp(join(ROOT, 'packages'), join(copy, 'packages'), { recursive: true, verbatimSymlinks: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  if (values.only !== 'planted') await repeat('itself', (verdict) => verdict !== 'slower');
  if (values.only !== 'itself') {
    await plant(Number(values.slowdown));
    await repeat('planted', (verdict) => verdict === 'slower');
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}

async function repeat(title: string, isRight: (verdict: string) => boolean): Promise<void> {
  let right = 0;
  for (let run = 0; run < runs; run += 1) {
    const seed = firstSeed + run;
    const [{ verdict, comparison }] = await compareOnce(seed);
    if (isRight(verdict)) right += 1;
    const [ratio, lowest, highest] = [comparison.ratio, comparison.lowest, comparison.highest].map((value) =>
      value.toFixed(3),
    );
    console.log(`${title} ${seed}: ${ratio} (${lowest}..${highest}) ${verdict}`);
  }
  console.log(`${title}: right in ${right} of ${runs}`);
}

interface Result {
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

async function plant(share: number): Promise<void> {
  const file = join(copy, PLANTED.file);
  const code = await readFile(file, 'utf8');
  if (!PLANTED.before.test(code))
    throw new BenchmarkError(`there is nowhere to plant a slowdown in ${PLANTED.file}`);
  const planted = code.replace(PLANTED.before, (line) => `${line}\n  plantedSlowdown();`);
  await writeFile(file, `${planted}\nconst plantedSlowdown = (${String(slowdownOf)})(${share});\n`);
}

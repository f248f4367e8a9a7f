/**
 * Whether a plan can be trusted: what `latchkey plan` predicts for a key server on one processor of this machine, beside what
 * is measured of it (docs/guides/capacity.md).
 *
 * `npm run bench:plan [-- --slices N --seconds N --seed N --json FILE]`
 */
import { parseArgs } from 'node:util';
import { BenchmarkError } from '@latchkey/load';
import { runPlanBenchmark } from './plan/benchmark.js';

const { values } = parseArgs({
  options: {
    slices: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'string' },
  },
});
try {
  await runPlanBenchmark({
    slices: Number(values.slices ?? 10),
    seconds: Number(values.seconds ?? 2),
    seed: Number(values.seed ?? 1),
    jsonFile: values.json,
  });
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  console.error(`bench:plan: ${error.message}`);
  process.exitCode = 1;
}

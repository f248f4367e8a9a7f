/**
 * What visitors notice when one of an edge's key servers falls silent (docs/performance.md).
 *
 * `npm run bench:faults [-- --rounds N --seconds N --rate N]`
 */
import { parseArgs } from 'node:util';
import { BenchmarkError } from '@latchkey/load';
import { runFaultsBenchmark } from './faults/benchmark.js';

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seconds: { type: 'string' }, rate: { type: 'string' } },
});
try {
  await runFaultsBenchmark({
    rounds: Number(values.rounds ?? 3),
    seconds: Number(values.seconds ?? 6),
    rate: Number(values.rate ?? 60),
  });
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  console.error(`bench:faults: ${error.message}`);
  process.exitCode = 1;
}

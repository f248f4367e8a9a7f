/**
 * How fast a key server is, beside `openssl speed` in the same run (docs/performance.md).
 *
 * `npm run bench:server [-- --quick --repeats N --seconds N --operations LIST --seed N --json FILE]`
 */
import { runServerBenchmark } from './server/benchmark.js';
import { BenchmarkError } from '@latchkey/load';
import { parseOptions } from './server/options.js';

try {
  await runServerBenchmark(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  console.error(`bench:server: ${error.message}`);
  process.exitCode = 1;
}

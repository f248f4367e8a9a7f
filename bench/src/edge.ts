/**
 * What an edge's TLS costs beside that of Node's own servers with the key, both in turn in one run (docs/performance.md).
 *
 * `npm run bench:edge [-- --quick --rounds N --cases LIST --json FILE]`
 */
import { runEdgeBenchmark } from './edge/benchmark.js';
import { parseOptions } from './edge/options.js';
import { BenchmarkError } from '@latchkey/load';

try {
  await runEdgeBenchmark(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  console.error(`bench:edge: ${error.message}`);
  process.exitCode = 1;
}

/**
 * Everything in one table: a key server by operation, its latencies over load, an edge's handshakes, full and resumed,
 * and what distance adds to them, beside their baselines (docs/guides/benchmarks.md).
 *
 * `npm run bench [-- --quick --repeats N --seconds N --seed N --html FILE --json FILE]`
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { multiBuffer } from '@latchkey/native';
import { BenchmarkError, describeEnvironment, renderPage, type Report, takeProcessors } from '@latchkey/load';
import { opensslVersion } from './server/openssl-speed.js';
import { startDeployment } from './suite/deployment.js';
import { runSuite } from './suite/suite.js';
import { formatSuite } from './suite/table.js';

const RESULTS = fileURLToPath(new URL('../../.cache/bench/', import.meta.url));

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    repeats: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    html: { type: 'string', default: join(RESULTS, 'report.html') },
    json: { type: 'string', default: join(RESULTS, 'report.json') },
  },
});
const repeats = Number(values.repeats ?? (values.quick === true ? 2 : 5));
const seconds = Number(values.seconds ?? (values.quick === true ? 0.5 : 3));
const seed = Number(values.seed);

try {
  if (!(repeats >= 1 && seconds > 0 && seed >= 0))
    throw new BenchmarkError('--repeats, --seconds and --seed are numbers');
  const openssl = await opensslVersion();
  const processors = await takeProcessors();
  const deployment = await startDeployment(processors);
  const end = (signal: NodeJS.Signals) =>
    void deployment.stop().then(() => process.kill(process.pid, signal));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const { state, library } = multiBuffer();
    const environment = describeEnvironment({
      'openssl command': openssl,
      crypto_mb: library?.version ?? state,
    });
    const begun = new Date();
    const measurements = await runSuite(deployment, {
      repeats,
      seconds,
      seed,
      processors,
      onProgress: progress,
    });
    progress('');
    const report: Report = {
      format: 'latchkey-bench-1',
      title: 'Latchkey: key server and edge',
      date: begun.toISOString(),
      command: ['npm', 'run', 'bench', '--', ...process.argv.slice(2)],
      seed,
      environment,
      configuration: { repeats, seconds, processors: processors ?? null },
      measurements,
    };
    for (const file of [values.html, values.json]) await mkdir(dirname(file), { recursive: true });
    await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    await writeFile(values.html, await renderPage(report));
    console.log(`\n${formatSuite(measurements)}\n`);
    console.log(
      `${((Date.now() - begun.getTime()) / 1000).toFixed(0)} s; ${values.html} draws it, ${values.json} has all figures`,
    );
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await deployment.stop();
  }
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}

/** One line that changes in a terminal; elsewhere what has begun, a line each. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else if (text !== '' && !text.includes(': ')) console.error(text);
}

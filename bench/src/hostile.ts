/**
 * What an honest client of a key server notices of clients who mean harm (docs/guides/operations.md).
 *
 * `npm run bench:hostile [-- --repeats N --seconds N --rate N --only TEXT]`
 */
import { parseArgs } from 'node:util';
import { runHostileBenchmark } from './hostile/benchmark.js';

const { values } = parseArgs({
  options: {
    repeats: { type: 'string' },
    seconds: { type: 'string' },
    rate: { type: 'string' },
    only: { type: 'string' },
  },
});
await runHostileBenchmark({
  repeats: Number(values.repeats ?? 5),
  seconds: Number(values.seconds ?? 4),
  rate: Number(values.rate ?? 500),
  only: values.only ?? '',
});

/**
 * What honest clients of a key server, or visitors of an edge, notice of clients who mean harm (docs/performance.md).
 *
 * `npm run bench:hostile [-- --subject key-server|edge --repeats N --seconds N --rate N --only TEXT]`
 */
import { parseArgs } from 'node:util';
import { BenchmarkError } from '@latchkey/load';
import type { SubjectName } from './hostile/attacks.js';
import { runHostileBenchmark } from './hostile/benchmark.js';
import { SUBJECTS } from './hostile/subject.js';

const { values } = parseArgs({
  options: {
    subject: { type: 'string' },
    repeats: { type: 'string' },
    seconds: { type: 'string' },
    rate: { type: 'string' },
    only: { type: 'string' },
  },
});
const subject = values.subject ?? 'key-server';
try {
  if (!isSubject(subject))
    throw new BenchmarkError(
      `there is no subject ${subject}: it is one of ${Object.keys(SUBJECTS).join(', ')}`,
    );
  await runHostileBenchmark({
    subject,
    repeats: Number(values.repeats ?? 5),
    seconds: Number(values.seconds ?? 4),
    rate: Number(values.rate ?? SUBJECTS[subject].rate),
    only: values.only ?? '',
  });
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  console.error(`bench:hostile: ${error.message}`);
  process.exitCode = 1;
}

function isSubject(name: string): name is SubjectName {
  return Object.hasOwn(SUBJECTS, name);
}

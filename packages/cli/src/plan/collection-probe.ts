/**
 * Loaded into a key server before all else (`--import`): writes down how long its first thread collects garbage each time, in
 * microseconds, one to a line of the file that its own URL names (`?file=`).
 */
import { appendFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const file = new URL(import.meta.url).searchParams.get('file');
// Worker threads load it too.
if (isMainThread && file !== null) {
  const observer = new PerformanceObserver((list) => {
    const lines = list.getEntries().map(({ duration }) => `${Math.round(duration * 1000)}\n`);
    appendFileSync(file, lines.join(''));
  });
  observer.observe({ entryTypes: ['gc'] });
}

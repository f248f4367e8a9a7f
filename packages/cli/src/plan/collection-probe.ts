/**
 * Loaded into a key server before all else (`--import`): writes down each time that its first thread collects garbage how long that
 * takes, and how long it is from its beginning until the event loop goes on, both in microseconds, one time to a line of the file
 * that its own URL names (`?file=`). What was freed is tidied up after what V8 counts (glibc's malloc_consolidate, seen with perf),
 * which takes as long again every third time.
 */
import { appendFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const file = new URL(import.meta.url).searchParams.get('file');
// Worker threads load it too.
if (isMainThread && file !== null) {
  const observer = new PerformanceObserver((list) => {
    const now = performance.now();
    const lines = list
      .getEntries()
      .map(
        ({ startTime, duration }) =>
          `${Math.round(duration * 1000)} ${Math.round((now - startTime) * 1000)}\n`,
      );
    appendFileSync(file, lines.join(''));
  });
  observer.observe({ entryTypes: ['gc'] });
}

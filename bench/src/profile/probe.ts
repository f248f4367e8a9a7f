/**
 * Loaded into a process before all else (`--import`): takes down how its first thread does, and writes it to the file that
 * LATCHKEY_PROBE names when the process ends.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance, PerformanceObserver } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import type { ProbeFindings, ProbeSample } from './findings.js';

const SAMPLE_EVERY = 100;
const MEBIBYTE = 2 ** 20;

if (isMainThread && process.env['LATCHKEY_PROBE'] !== undefined) watch(process.env['LATCHKEY_PROBE']);

function watch(file: string): void {
  const samples: ProbeSample[] = [];
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  let collections = 0;
  let collecting = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      collections += 1;
      collecting += duration;
    }
  }).observe({ entryTypes: ['gc'] });
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { rss, heapUsed, external } = process.memoryUsage();
    samples.push({
      at: performance.now() / 1000,
      utilization: performance.eventLoopUtilization(now, before).utilization,
      rss: rss / MEBIBYTE,
      heapUsed: heapUsed / MEBIBYTE,
      external: external / MEBIBYTE,
    });
    before = now;
  }, SAMPLE_EVERY).unref();
  process.once('exit', () => {
    const findings: ProbeFindings = {
      samples,
      delay: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6 },
      garbage: { collections, milliseconds: collecting },
    };
    writeFileSync(file, JSON.stringify(findings));
  });
}

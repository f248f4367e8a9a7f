import { once } from 'node:events';
import { PerformanceObserver } from 'node:perf_hooks';
import { HANDSHAKE_LABELS, HANDSHAKE_PHASES } from '../handshakes/order.js';
import { openHandshakes } from '../handshakes/handshakes-work.js';
import { openKeepAliveRequests } from '../http/keep-alive-work.js';
import { openRequests } from '../http/requests-work.js';
import { openOperations } from '../operations/operations-work.js';
import type { LatencyHistogram } from '../histogram.js';
import { processClock } from '../pace/clock.js';
import { Collector } from './collector.js';
import { drive } from './drive.js';
import type { Collection, Findings, GeneratorMessage } from './messages.js';
import type { GeneratorOrder, Timing } from './order.js';
import type { Work } from './work.js';

/** How often it tells how it goes, in milliseconds. */
const REPORT_EVERY = 500;

process.once('disconnect', () => process.exit());
const [order] = (await once(process, 'message')) as [GeneratorOrder];
try {
  const { work, collector } = await open(order);
  tell({ type: 'ready' });
  for (;;) {
    const [timing] = (await once(process, 'message')) as [Timing];
    tell({ type: 'done', findings: await measure(work, collector, timing) });
  }
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}
process.disconnect?.();

async function measure(work: Work, collector: Collector, timing: Timing): Promise<Findings> {
  const reporting = setInterval(() => {
    const interval = collector.takeInterval(performance.now());
    if (interval !== undefined) tell({ type: 'interval', interval });
  }, REPORT_EVERY);
  const collections: Collection[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      collections.push({ at: startTime - begin, duration });
  });
  observer.observe({ entryTypes: ['gc'] });
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  const beganAt = Number(process.hrtime.bigint()) / 1e6;
  const { spinning } = await drive(work, collector, { ...timing, clock: processClock });
  const wall = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpuBefore);
  clearInterval(reporting);
  observer.disconnect();
  const { verified, protocol } = work.summary();
  return {
    latencies: asText(collector.latencies),
    phases: asText(collector.phases),
    lateness: collector.lateness.toString(),
    failures: Object.fromEntries(collector.failures),
    due: collector.due,
    answered: collector.answered,
    total: collector.total,
    verified,
    protocol,
    cpu: { user: user / 1000, system: system / 1000, spinning },
    beganAt,
    collections,
    wall,
  };
}

/** What is asked for, and who counts it. */
async function open({
  work,
  pace,
  seed,
}: GeneratorOrder): Promise<{ readonly work: Work; readonly collector: Collector }> {
  if (work.type === 'operations') {
    const collector = new Collector(work.kinds.map(({ label }) => label));
    return { collector, work: await openOperations(work, collector, seed) };
  }
  if (work.type === 'handshakes') {
    const collector = new Collector(HANDSHAKE_LABELS, HANDSHAKE_PHASES);
    return { collector, work: await openHandshakes(work, collector, seed) };
  }
  const collector = new Collector(['GET']);
  const openPage = pace.type === 'closed_loop' ? openKeepAliveRequests : openRequests;
  return { collector, work: await openPage(work, collector, seed) };
}

function asText(histograms: ReadonlyMap<string, LatencyHistogram>): Record<string, string> {
  return Object.fromEntries([...histograms].map(([name, histogram]) => [name, histogram.toString()]));
}

function tell(message: GeneratorMessage): void {
  process.send?.(message);
}

import { performance } from 'node:perf_hooks';
import { expiryOf } from '@latchkey/admin';
import type { MetricSources } from '../metrics/metric-sources.js';
import type { KeyServerStatistics } from '../statistics.js';
import type { ReadinessReport } from './readiness.js';

/** How a key server is at one moment, for the status page. Counters go on counting: the page has their differences. */
export interface ServerStatus {
  /** In seconds since 1970. */
  readonly time: number;
  readonly readiness: ReadinessReport;
  readonly statistics: KeyServerStatistics;
  /** How long the signatures of the last minute took, arrival to handing over, in seconds; null without any. */
  readonly latency: { readonly p50: number | null; readonly p90: number | null; readonly p99: number | null };
  readonly workers: { readonly count: number; readonly busySeconds: number };
  readonly eventLoop: { readonly activeSeconds: number };
  readonly process: {
    readonly pid: number;
    readonly nodeVersion: string;
    /** In seconds. */
    readonly uptime: number;
    readonly residentBytes: number;
  };
  /** Those of the channel; `expires` in seconds since 1970. */
  readonly certificates: readonly {
    readonly subject: string;
    readonly source: string;
    readonly expires: number;
  }[];
}

export function serverStatus(sources: MetricSources, readiness: ReadinessReport): ServerStatus {
  const { seconds } = sources.operations.signatures.quantiles([0.5, 0.9, 0.99], performance.now());
  const [p50, p90, p99] = seconds;
  const statistics = sources.statistics();
  return {
    time: Date.now() / 1000,
    readiness,
    statistics,
    latency: { p50: p50 ?? null, p90: p90 ?? null, p99: p99 ?? null },
    workers: { count: statistics.workers, busySeconds: sources.batches.busySeconds },
    eventLoop: { activeSeconds: performance.eventLoopUtilization().active / 1000 },
    process: {
      pid: process.pid,
      nodeVersion: process.versions.node,
      uptime: process.uptime(),
      residentBytes: process.memoryUsage.rss(),
    },
    certificates: sources.certificates().map((watched) => ({
      subject: watched.certificate.subject.replaceAll('\n', ', '),
      source: watched.source,
      expires: expiryOf(watched),
    })),
  };
}

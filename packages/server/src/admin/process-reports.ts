import { collectMetrics, type MetricValues } from '@latchkey/admin';
import type { KeyFileError } from '../errors.js';
import type { KeyStoreHealth } from '../key-stores/external-key-store.js';
import type { StoredKey } from '../keys/key-store.js';
import type { MetricSources } from '../metrics/metric-sources.js';
import { keyServerMetrics, ServerMetrics } from '../metrics/server-metrics.js';
import type { JobExecutor } from '../pool/job.js';
import { type KeyFacts, keyFactsOf } from './key-facts.js';
import { Readiness, type ReadinessProblem, type ReadinessReport } from './readiness.js';
import type { KeyServerReports } from './reports.js';
import { serverStatus, type ServerStatus } from './server-status.js';

/** What the reports of one process of a key server are made of. */
export interface ReportSources extends MetricSources {
  readonly keys: () => Iterable<StoredKey>;
  /** Performs the operations of readiness checks, or has them performed. */
  readonly executor: JobExecutor;
  readonly auditHealthy: () => boolean;
  readonly keyProblems: () => readonly KeyFileError[];
  readonly keyStores: () => readonly KeyStoreHealth[];
}

/** The reports of one process of a key server. */
export class ProcessReports implements KeyServerReports {
  readonly #sources: ReportSources;
  readonly #readiness: Readiness;
  readonly #metrics: ServerMetrics;

  constructor(sources: ReportSources) {
    this.#sources = sources;
    this.#readiness = new Readiness({ ...sources, problems: () => problemsOf(sources) });
    this.#metrics = new ServerMetrics(sources);
  }

  metrics(): Promise<string> {
    return this.#metrics.write();
  }

  /** The same as plain data, for whoever writes those of several processes as one. */
  metricValues(): Promise<MetricValues[]> {
    return collectMetrics(keyServerMetrics(this.#sources));
  }

  readiness(): Promise<ReadinessReport> {
    return this.#readiness.report();
  }

  status(): Promise<ServerStatus> {
    return Promise.resolve(serverStatus(this.#sources, this.#readiness.current()));
  }

  keys(): Promise<readonly KeyFacts[]> {
    return Promise.resolve(Array.from(this.#sources.keys(), keyFactsOf));
  }
}

function problemsOf({ auditHealthy, keyProblems, keyStores }: ReportSources): ReadinessProblem[] {
  return [
    ...(auditHealthy() ? [] : [{ problem: 'audit_log_unhealthy' } as const]),
    ...keyProblems().map(({ file, reason }) => ({ problem: 'key_not_loaded', name: file, reason }) as const),
    ...keyStores().flatMap(storeProblems),
  ];
}

function storeProblems({ store, state, reason, unusableKeys, problems }: KeyStoreHealth): ReadinessProblem[] {
  const unavailable = { problem: 'key_store_unavailable', name: store, reason: reason ?? state } as const;
  return [
    ...(state === 'ready' ? [] : [unavailable]),
    ...unusableKeys.map(
      (ski) =>
        ({ problem: 'key_unusable', ski, name: store, reason: 'its key store is unavailable' }) as const,
    ),
    ...problems.map(
      ({ label, reason: why }) =>
        ({ problem: 'key_not_loaded', name: `${store} (${label})`, reason: why }) as const,
    ),
  ];
}

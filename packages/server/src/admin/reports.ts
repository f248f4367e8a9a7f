import type { KeyFacts } from './key-facts.js';
import type { ReadinessProblem, ReadinessReport } from './readiness.js';
import type { ServerStatus } from './server-status.js';

/** What the admin endpoint of a key server shows. */
export interface KeyServerReports {
  /** In the text format of Prometheus, version 0.0.4. */
  metrics(): Promise<string>;
  readiness(): Promise<ReadinessReport>;
  status(): Promise<ServerStatus>;
  keys(): Promise<readonly KeyFacts[]>;
}

/** The same reports, with problems beside those that they know of. */
export function addProblems(
  reports: KeyServerReports,
  problems: () => readonly ReadinessProblem[],
): KeyServerReports {
  const add = (report: ReadinessReport): ReadinessReport => {
    const others = problems();
    return { ready: report.ready && others.length === 0, problems: [...others, ...report.problems] };
  };
  return {
    metrics: () => reports.metrics(),
    readiness: async () => add(await reports.readiness()),
    status: async () => {
      const status = await reports.status();
      return { ...status, readiness: add(status.readiness) };
    },
    keys: () => reports.keys(),
  };
}

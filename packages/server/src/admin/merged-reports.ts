import { addStatistics } from '../statistics.js';
import type { ReadinessProblem, ReadinessReport } from './readiness.js';
import type { ServerStatus } from './server-status.js';

/** What several processes have to say of one key server's readiness: each problem once. */
export function mergeReadiness(reports: readonly ReadinessReport[]): ReadinessReport {
  const problems = new Map<string, ReadinessProblem>();
  for (const problem of reports.flatMap((report) => report.problems))
    problems.set(JSON.stringify(problem), problem);
  return { ready: reports.every(({ ready }) => ready), problems: [...problems.values()] };
}

/**
 * The status of several processes as that of one: counts are summed, of latencies the longest stands for all, and the
 * event loops are shown as one that is as busy as they are on average.
 *
 * @param statuses one at least
 * @param supervisor the process that the others belong to
 */
export function mergeStatuses(
  statuses: readonly [ServerStatus, ...ServerStatus[]],
  supervisor: ServerStatus['process'],
): ServerStatus {
  const [first] = statuses;
  const sum = (valueOf: (status: ServerStatus) => number): number =>
    statuses.reduce((total, status) => total + valueOf(status), 0);
  return {
    time: first.time,
    readiness: mergeReadiness(statuses.map(({ readiness }) => readiness)),
    statistics: addStatistics(statuses.map(({ statistics }) => statistics)),
    latency: {
      p50: longest(statuses.map(({ latency }) => latency.p50)),
      p90: longest(statuses.map(({ latency }) => latency.p90)),
      p99: longest(statuses.map(({ latency }) => latency.p99)),
    },
    workers: {
      count: sum(({ workers }) => workers.count),
      busySeconds: sum(({ workers }) => workers.busySeconds),
    },
    eventLoop: { activeSeconds: sum(({ eventLoop }) => eventLoop.activeSeconds) / statuses.length },
    process: {
      ...supervisor,
      residentBytes: supervisor.residentBytes + sum(({ process }) => process.residentBytes),
    },
    certificates: first.certificates,
  };
}

function longest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.max(...known);
}

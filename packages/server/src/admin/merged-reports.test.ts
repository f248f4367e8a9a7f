import { expect, it } from 'vitest';
import { Counters, type KeyServerStatistics } from '../statistics.js';
import { mergeReadiness, mergeStatuses } from './merged-reports.js';
import type { ServerStatus } from './server-status.js';

function statistics(open: number, counters: Counters): KeyServerStatistics {
  const { connections, ...counts } = counters.snapshot();
  return {
    ...counts,
    connections: { open, ...connections },
    queued: 2,
    lanes: [{ lane: 'short', queued: 2 }],
    workers: 1,
    keys: 3,
    inFlight: 4,
    auditLog: { healthy: open > 1, bufferedLength: 10 },
  };
}

function status(open: number, p50: number | null): ServerStatus {
  const counters = new Counters();
  counters.countAnswer('ping', 'succeeded');
  counters.countRefusal('OTHER');
  counters.pauses = 3;
  counters.reloads.succeeded = open;
  return {
    time: 1,
    readiness: { ready: true, problems: [] },
    statistics: statistics(open, counters),
    latency: { p50, p90: p50, p99: null },
    workers: { count: 1, busySeconds: 5 },
    eventLoop: { activeSeconds: 2 * open },
    process: { pid: open, nodeVersion: '20', uptime: 1, residentBytes: 100 },
    certificates: [],
  };
}

it('adds what several processes have done, and shows the longest latency', () => {
  const supervisor = { pid: 9, nodeVersion: '20', uptime: 7, residentBytes: 50 };
  const merged = mergeStatuses([status(1, 0.25), status(3, null)], supervisor);
  expect(merged).toMatchObject({
    statistics: {
      operations: { ping: { succeeded: 2, failed: 0 } },
      connections: { open: 4, refused: { OTHER: 2 }, pauses: 6 },
      lanes: [{ lane: 'short', queued: 4 }],
      workers: 2,
      keys: 3,
      inFlight: 8,
      reloads: { succeeded: 3 },
      auditLog: { healthy: false, bufferedLength: 20 },
    },
    latency: { p50: 0.25, p99: null },
    workers: { count: 2, busySeconds: 10 },
    eventLoop: { activeSeconds: 4 },
    process: { pid: 9, uptime: 7, residentBytes: 250 },
  });
});

it('is ready when all are, and names each problem once', () => {
  const problem = { problem: 'no_keys', reason: 'none' } as const;
  const other = { problem: 'audit_log_unhealthy' } as const;
  const ready = { ready: true, problems: [] };
  expect(mergeReadiness([ready, ready])).toEqual(ready);
  expect(
    mergeReadiness([
      ready,
      { ready: false, problems: [problem, other] },
      { ready: false, problems: [problem] },
    ]),
  ).toEqual({ ready: false, problems: [problem, other] });
});

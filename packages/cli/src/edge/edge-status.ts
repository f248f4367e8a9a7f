import type { MetricValues } from '@latchkey/admin';
import type { KeyServerClientStatistics } from '@latchkey/client';
import type { EdgeStatistics } from '@latchkey/edge';

/** Something because of which an edge is not ready. */
export interface EdgeProblem {
  /**
   * `key_servers_unavailable`: operations would go nowhere. `certificate_missing`: no key server has sent one for a site that
   * has none of its own. `worker_missing`: it has ended and is not replaced yet.
   */
  readonly problem: 'draining' | 'key_servers_unavailable' | 'certificate_missing' | 'worker_missing';
  /** For people. */
  readonly reason?: string;
}

/** How one process of an edge is at one moment: plain data, which one process can send to another. */
export interface EdgeStatus {
  readonly problems: readonly EdgeProblem[];
  readonly statistics: EdgeStatistics;
  /** For each set of key servers that sites have. */
  readonly keyServices: readonly KeyServerClientStatistics[];
  readonly metrics: readonly MetricValues[];
}

/** The statistics of several processes as one. */
export function addStatistics(all: readonly EdgeStatistics[]): EdgeStatistics {
  const sum = (value: (statistics: EdgeStatistics) => number): number =>
    all.reduce((total, statistics) => total + value(statistics), 0);
  const failedHandshakes: Record<string, number> = {};
  for (const statistics of all) {
    for (const [code, count] of Object.entries(statistics.failedHandshakes))
      failedHandshakes[code] = (failedHandshakes[code] ?? 0) + (count ?? 0);
  }
  return {
    pendingHandshakes: sum(({ pendingHandshakes }) => pendingHandshakes),
    pendingOperations: sum(({ pendingOperations }) => pendingOperations),
    openConnections: sum(({ openConnections }) => openConnections),
    fullHandshakes: sum(({ fullHandshakes }) => fullHandshakes),
    delegatedHandshakes: sum(({ delegatedHandshakes }) => delegatedHandshakes),
    resumedHandshakes: sum(({ resumedHandshakes }) => resumedHandshakes),
    failedHandshakes,
    refusedConnections: sum(({ refusedConnections }) => refusedConnections),
    operations: {
      sign: sum(({ operations }) => operations.sign),
      decrypt: sum(({ operations }) => operations.decrypt),
    },
    resumptionStoreFailures: {
      shareTicketKeys: sum(({ resumptionStoreFailures }) => resumptionStoreFailures.shareTicketKeys),
      findSession: sum(({ resumptionStoreFailures }) => resumptionStoreFailures.findSession),
      keepSession: sum(({ resumptionStoreFailures }) => resumptionStoreFailures.keepSession),
    },
  };
}

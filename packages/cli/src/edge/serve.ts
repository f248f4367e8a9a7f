import type { MetricValues } from '@latchkey/admin';
import type { KeyServerClientStatistics } from '@latchkey/client';
import type { EdgeStatistics } from '@latchkey/edge';
import type { Logger } from 'pino';
import type { EdgeConfiguration } from '../edge-configuration/edge-configuration.js';
import { startEdge } from './edge.js';
import { startEdgeAdmin } from './edge-admin.js';
import { addStatistics, type EdgeProblem, type EdgeStatus } from './edge-status.js';
import { EdgeWorkers } from './workers/edge-workers.js';

/** What an edge has done and holds now. */
export interface ServingEdgeStatistics extends EdgeStatistics {
  /** For each set of key servers that sites have, in each process. */
  readonly keyServices: readonly KeyServerClientStatistics[];
}

/** An edge with all its processes and its admin endpoint. */
export interface ServingEdge {
  /** The TCP port that it listens on. */
  readonly port: number;
  /** Where metrics and health are shown, with the port that it got. */
  readonly adminPort: number | undefined;
  /** Settles once the key servers have been reached or have failed; which of the two is in the log. */
  readonly contacted: Promise<void>;
  statistics(): Promise<ServingEdgeStatistics>;
  /** Reads again what may change while it runs. */
  reload(): void;
  /** Accepts no more visitors, lets requests under way finish, and closes everything. */
  close(): Promise<void>;
}

/**
 * Serves visitors, in this process or in as many as the configuration says.
 *
 * @param commandLine what `latchkey` was run with, for processes that are to do the same
 * @throws {EdgeOptionsError} for a certificate that TLS cannot use
 * @throws {EdgeListenError}
 * @throws {WorkerFailedError}
 */
export async function serveEdge(
  configuration: EdgeConfiguration,
  commandLine: readonly string[],
  logger: Logger,
): Promise<ServingEdge> {
  const group =
    configuration.workers === 1
      ? await startAlone(configuration, logger)
      : await startWorkers(configuration, commandLine, logger);
  let isDraining = false;
  const admin =
    configuration.admin &&
    (await startEdgeAdmin(
      configuration.admin,
      {
        statuses: group.statuses,
        metrics: group.metrics,
        problems: () => [...(isDraining ? [{ problem: 'draining' } as const] : []), ...group.problems()],
      },
      logger,
    ).catch(async (error: unknown) => {
      await group.close();
      throw error;
    }));
  return {
    port: group.port,
    adminPort: admin?.port,
    contacted: group.contacted,
    statistics: async () => {
      const statuses = await group.statuses();
      return {
        ...addStatistics(statuses.map(({ statistics }) => statistics)),
        keyServices: statuses.flatMap(({ keyServices }) => keyServices),
      };
    },
    reload: group.reload,
    close: async () => {
      isDraining = true;
      await group.close();
      await admin?.endpoint.close();
    },
  };
}

/** The processes of an edge. */
interface EdgeGroup {
  readonly port: number;
  readonly contacted: Promise<void>;
  readonly statuses: () => Promise<readonly EdgeStatus[]>;
  /** Those beside the processes' own. */
  readonly metrics: () => Promise<readonly MetricValues[]>;
  readonly problems: () => readonly EdgeProblem[];
  readonly reload: () => void;
  readonly close: () => Promise<void>;
}

async function startAlone(configuration: EdgeConfiguration, logger: Logger): Promise<EdgeGroup> {
  const edge = await startEdge(configuration, { logger });
  return {
    port: edge.port,
    contacted: edge.contacted,
    statuses: async () => [await edge.status()],
    metrics: () => Promise.resolve([]),
    problems: () => [],
    reload: () => edge.reload(),
    close: () => edge.close(),
  };
}

async function startWorkers(
  { workers, drainTimeout }: EdgeConfiguration,
  commandLine: readonly string[],
  logger: Logger,
): Promise<EdgeGroup> {
  const running = await EdgeWorkers.start(workers, commandLine, logger);
  return {
    port: running.port,
    contacted: Promise.resolve(),
    statuses: () => running.statuses(),
    metrics: () => running.metrics(),
    problems: () => running.problems(),
    reload: () => running.reload(),
    close: () => running.close(drainTimeout + KILL_DELAY),
  };
}

/** How much longer than its requests a worker may take to end, in milliseconds. */
const KILL_DELAY = 2000;

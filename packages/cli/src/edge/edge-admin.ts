import {
  type AdminAddress,
  AdminEndpoint,
  type AdminPages,
  type AdminResponse,
  json,
  type MetricValues,
  METRICS_CONTENT_TYPE,
  plainText,
  writeMetrics,
} from '@latchkey/admin';
import type { Logger } from 'pino';
import { EdgeListenError } from './edge-listen-error.js';
import type { EdgeProblem, EdgeStatus } from './edge-status.js';

/** What the admin endpoint of an edge shows. */
export interface EdgeAdminSources {
  /** That of each process that answers. */
  readonly statuses: () => Promise<readonly EdgeStatus[]>;
  /** Those beside the processes' own. */
  readonly metrics: () => Promise<readonly MetricValues[]>;
  /** Likewise. */
  readonly problems: () => readonly EdgeProblem[];
}

/**
 * Serves an edge's metrics, health and readiness over HTTP.
 *
 * @returns it, and the port that it listens on
 * @throws {EdgeListenError}
 */
export async function startEdgeAdmin(
  address: AdminAddress,
  sources: EdgeAdminSources,
  logger: Logger,
): Promise<{ readonly endpoint: AdminEndpoint; readonly port: number }> {
  const endpoint = new AdminEndpoint(address, pagesOf(sources), (path, error) =>
    logger.error({ path, reason: String(error) }, 'admin page failed'),
  );
  try {
    const { host, port } = await endpoint.listen();
    logger.info({ host, port }, 'metrics and health are served over HTTP');
    return { endpoint, port };
  } catch (error) {
    throw new EdgeListenError(address, error);
  }
}

function pagesOf({ statuses, metrics, problems }: EdgeAdminSources): AdminPages {
  return new Map<string, () => AdminResponse | Promise<AdminResponse>>([
    [
      '/metrics',
      async () => {
        const ofProcesses = (await statuses()).map((status) => status.metrics);
        const body = await writeMetrics([...ofProcesses, await metrics()]);
        return { contentType: METRICS_CONTENT_TYPE, body };
      },
    ],
    ['/healthz', () => plainText(200, 'alive')],
    [
      '/readyz',
      async () => {
        const ofProcesses = (await statuses()).flatMap((status) => status.problems);
        const all = [...problems(), ...ofProcesses];
        return json({ ready: all.length === 0, problems: all }, all.length === 0 ? 200 : 503);
      },
    ],
  ]);
}

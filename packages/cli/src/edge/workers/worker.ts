import type { Logger } from 'pino';
import type { EdgeConfiguration } from '../../edge-configuration/edge-configuration.js';
import { serveAsWorker } from '../../supervision/workers/worker.js';
import { type RunningEdge, startEdge } from '../edge.js';
import type { EdgeWorkerProtocol } from './messages.js';
import { SharedStore } from './shared-store.js';

/** Serves visitors as one of several processes. */
export async function serveEdgeAsWorker(configuration: EdgeConfiguration, logger: Logger): Promise<void> {
  let store: SharedStore | undefined;
  let running: RunningEdge | undefined;
  await serveAsWorker<EdgeWorkerProtocol>({
    onOrder: (order) => {
      if (order.type === 'store') store?.onAnswer(order);
      else running?.reload();
    },
    start: async (_parameters, notify) => {
      store = new SharedStore(notify);
      const edge = await startEdge(configuration, { logger, resumptionStore: store });
      running = edge;
      return {
        facts: { port: edge.port },
        answers: { status: () => edge.status() },
        close: () => edge.close(),
      };
    },
  });
}

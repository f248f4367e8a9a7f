import { once } from 'node:events';
import type { Logger } from 'pino';
import type { EdgeConfiguration } from '../../edge-configuration/edge-configuration.js';
import { startEdge } from '../edge.js';
import type { FromWorker, ToWorker } from './messages.js';
import { SharedStore } from './shared-store.js';

/** Serves visitors as one of several processes until the one that supervises them says so. Without that one it ends at once. */
export async function serveAsWorker(configuration: EdgeConfiguration, logger: Logger): Promise<void> {
  const store = new SharedStore(send);
  const ending = new AbortController();
  // Signals for a whole group of processes come here, too; more than one of them says no more than one.
  for (const event of ['SIGTERM', 'SIGINT']) process.on(event, () => ending.abort());
  process.on('SIGHUP', () => {});
  process.on('message', (message: ToWorker) => {
    if (message.type === 'store') store.onAnswer(message);
    if (message.type === 'drain') ending.abort();
  });

  try {
    const edge = await startEdge(configuration, { logger, resumptionStore: store });
    process.on('message', (message: ToWorker) => {
      if (message.type === 'reload') edge.reload();
      if (message.type === 'status')
        void edge.status().then((status) => send({ type: 'status', id: message.id, status }));
    });
    send({ type: 'serving', port: edge.port });
    if (!ending.signal.aborted) await once(ending.signal, 'abort');
    await edge.close();
  } finally {
    // It has nothing left to hear that would be worth staying for.
    process.channel?.unref();
  }
}

function send(message: FromWorker): void {
  // Without the supervising process there is nobody to tell.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

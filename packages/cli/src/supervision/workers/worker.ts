import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { FromWorker, Question, ToWorker, WorkerProtocol } from './messages.js';

/** What a worker does for the process that supervises it. */
export interface WorkerService<Protocol extends WorkerProtocol> {
  /** Said once it serves. */
  readonly facts: Protocol['serving'];
  readonly answers: {
    readonly [Name in Question<Protocol>]: () => Promise<Protocol['answers'][Name]>;
  };
  /** Lets those who are served have what they are owed, and closes everything. */
  readonly close: () => Promise<void>;
}

/** How a worker is made. */
export interface WorkerOptions<Protocol extends WorkerProtocol> {
  /** @param notify tells the process that supervises this one */
  readonly start: (
    parameters: Protocol['parameters'],
    notify: (notice: Protocol['notice']) => void,
  ) => Promise<WorkerService<Protocol>>;
  /**
   * Follows an order, which may come before `start` has resolved.
   *
   * @param socket what came with it
   */
  readonly onOrder: (order: Protocol['order'], socket: Socket | undefined) => void;
}

/**
 * Serves as one of several processes until the one that supervises them says so. Without that one it ends at once.
 *
 * @throws what `start` throws
 */
export async function serveAsWorker<Protocol extends WorkerProtocol>({
  start,
  onOrder,
}: WorkerOptions<Protocol>): Promise<void> {
  const ending = new AbortController();
  // Signals for a whole group of processes come here, too; more than one of them says no more than one.
  for (const event of ['SIGTERM', 'SIGINT']) process.on(event, () => ending.abort());
  process.on('SIGHUP', () => {});
  const parameters = new Promise<Protocol['parameters']>((resolve) => {
    process.on('message', (message: ToWorker<Protocol>, socket: Socket | undefined) => {
      if (message.type === 'begin') resolve(message.parameters);
      if (message.type === 'order') onOrder(message.order, socket);
      if (message.type === 'drain') ending.abort();
    });
  });

  send<Protocol>({ type: 'started' });

  try {
    const notify = (notice: Protocol['notice']): void => send<Protocol>({ type: 'notice', notice });
    const service = await start(await parameters, notify);
    process.on('message', (message: ToWorker<Protocol>) => {
      if (message.type === 'question') void answer(service, message.id, message.question);
    });
    send<Protocol>({ type: 'serving', facts: service.facts });
    if (!ending.signal.aborted) await once(ending.signal, 'abort');
    await service.close();
  } finally {
    // It has nothing left to hear that would be worth staying for.
    process.channel?.unref();
  }
}

async function answer<Protocol extends WorkerProtocol>(
  { answers }: WorkerService<Protocol>,
  id: number,
  question: Question<Protocol>,
): Promise<void> {
  send<Protocol>({ type: 'answer', id, answer: await answers[question]() });
}

function send<Protocol extends WorkerProtocol>(message: FromWorker<Protocol>): void {
  // Without the supervising process there is nobody to tell.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

import type { Report } from './messages.js';

/**
 * Tells the process that started this one that the command serves, and answers its questions from then on. Does nothing
 * in a process that was started without an IPC channel.
 *
 * @param statistics gives the counters: plain data
 */
export function reportListening(port: number | undefined, statistics: () => Promise<unknown>): void {
  if (process.send === undefined) return;
  process.on(
    'message',
    () => void statistics().then((values) => send({ type: 'statistics', statistics: values })),
  );
  // The command ends when it has nothing left to serve, whether or not somebody may still ask.
  process.channel?.unref();
  send({ type: 'listening', port });
}

function send(report: Report): void {
  process.send?.(report);
}

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { ListeningSocket } from './listening-socket.js';

it('has no more connections wait in the kernel after a pause than before it', async () => {
  const accepted: Socket[] = [];
  const listening = new ListeningSocket({
    onSocket: (socket) => accepted.push(socket),
    pauseOnConnect: false,
    logger: pino({ enabled: false }),
  });
  const { port } = (await listening.listen({ type: 'tcp', host: '127.0.0.1', port: 0 })) as AddressInfo;
  const clients: Socket[] = [];
  onTestFinished(() => {
    for (const socket of [...clients, ...accepted]) socket.destroy();
    listening.close();
  });
  const come = () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    clients.push(socket);
    return socket;
  };

  expect(listening.pause(1)).toBe(true);
  await once(come(), 'connect');
  while (accepted.length === 0) await sleep(1);
  expect(listening.pause(600_000)).toBe(true);
  const waiting = Array.from({ length: QUEUE + 20 }, come);
  const connecting = () => waiting.filter((socket) => socket.connecting);
  while (connecting().length > 20) await sleep(1);
  await sleep(100);
  expect(connecting()).toHaveLength(20);
  expect(accepted).toHaveLength(1);
});

/** Linux takes one more than the backlog, which it caps. */
const QUEUE = Math.min(256, Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'))) + 1;

import { once } from 'node:events';
import {
  type AddressInfo,
  connect,
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { duplicateListeningSocket, limitUnsentBytes } from './sockets.js';

const LIMIT = 64 * 1024;

describe('limitUnsentBytes', () => {
  it('keeps the kernel from taking megabytes for a peer that does not read', async () => {
    const unlimited = await takenForSilentReader(() => {});
    const limited = await takenForSilentReader((server) => limitUnsentBytes(server, LIMIT));
    expect(limited).toBeGreaterThan(0);
    expect(limited).toBeLessThan(unlimited / 2);
  });

  it('says so when there is nothing to limit', () => {
    expect(() => limitUnsentBytes(createServer(), LIMIT)).toThrow(
      expect.objectContaining({
        code: 'LATCHKEY_LISTENING_SOCKET',
        message: expect.stringContaining('EBADF'),
      }),
    );
  });
});

describe('duplicateListeningSocket', () => {
  it('keeps who connects while no server listens for the one that does next', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address() as AddressInfo;
    const fd = duplicateListeningSocket(first);
    first.close();
    await once(first, 'close');
    const visitor = connect(port, '127.0.0.1');
    await once(visitor, 'connect');
    const second = createServer();
    const options: ListenOptions & { readonly fd: number } = { fd };
    second.listen(options);
    const [socket] = (await once(second, 'connection')) as [Socket];
    expect(socket.remotePort).toBe(visitor.localPort);
    for (const closable of [visitor, socket]) closable.destroy();
    second.close();
  });

  it('says so when there is nothing to duplicate', () => {
    expect(() => duplicateListeningSocket(createServer())).toThrow(
      expect.objectContaining({ code: 'LATCHKEY_LISTENING_SOCKET' }),
    );
  });
});

/** @returns bytes that left the process for a peer that never reads */
async function takenForSilentReader(prepare: (server: Server) => void): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  prepare(server);
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [socket] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    reader.destroy();
    socket.destroy();
    server.close();
  });
  const chunk = Buffer.alloc(16 * 1024);
  const send = () => {
    while (socket.write(chunk));
  };
  socket.on('drain', send);
  send();
  let [before, now] = [-1, 0];
  for (; before !== now; await sleep(50)) [before, now] = [now, socket.bytesWritten - socket.writableLength];
  return now;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import autocannon from 'autocannon';
import { createReverseProxy, createSecureServer } from '@latchkey/edge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { listen, makeSite, visitorOptions } from './fixture.js';

/** `npm run soak:proxy` makes a million of them, a third in each way. */
const REQUESTS = Number(process.env['LATCHKEY_SOAK_REQUESTS'] ?? 20_000);

describeWith(
  'h2load through the reverse proxy',
  [{ needs: 'h2load', debianPackage: 'nghttp2-client' }],
  () => {
    it.each([
      ['HTTP/2', []],
      ['HTTP/1.1', ['--h1']],
    ])(
      'has no failed request over %s',
      async (_name, options) => {
        const port = await startEdge((_request, response) => response.end('ok'));
        const count = Math.ceil(REQUESTS / 3);
        const load = spawn('h2load', [...options, `-n${count}`, '-c20', `https://127.0.0.1:${port}/`]);
        let output = '';
        load.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
        await once(load, 'close');
        expect(output).toContain(`${count} succeeded, 0 failed, 0 errored, 0 timeout`);
        expect(output).toContain(`status codes: ${count} 2xx`);
      },
      3_600_000,
    );
  },
);

describe('autocannon through the reverse proxy', () => {
  it('has no failed request', async () => {
    const port = await startEdge((_request, response) => response.end('ok'));
    const count = Math.ceil(REQUESTS / 3);
    const result = await autocannon({
      url: `https://127.0.0.1:${port}/`,
      servername: 'localhost',
      connections: 20,
      amount: count,
    });
    expect(result).toMatchObject({ errors: 0, timeouts: 0, mismatches: 0, non2xx: 0, '2xx': count });
  }, 3_600_000);
});

describe('a WebSocket through the reverse proxy', () => {
  it('echoes 100 MB', async () => {
    const port = await startEdge(
      () => {},
      (socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
        socket.pipe(socket);
      },
    );
    const request = httpsRequest({
      ...visitorOptions(port),
      headers: { connection: 'Upgrade', upgrade: 'echo' },
    });
    request.end();
    const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Duplex];
    const total = 100_000_000;
    let received = 0;
    const complete = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received >= total) resolve();
      });
    });
    const chunk = Buffer.alloc(100_000, 'x');
    for (let sent = 0; sent < total; sent += chunk.length)
      if (!socket.write(chunk)) await once(socket, 'drain');
    await complete;
    expect(received).toBe(total);
    socket.destroy();
  });
});

describe('a slow visitor of a download of 1 GB', () => {
  it('is sent no more than it reads', async () => {
    const total = 1_000_000_000;
    let written = 0;
    const port = await startEdge((_request, response) => {
      const chunk = Buffer.alloc(100_000);
      const fill = (): void => {
        while (written < total) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', fill);
            return;
          }
        }
        response.end();
      };
      fill();
    });
    const request = httpsRequest(visitorOptions(port));
    request.on('error', () => {});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    // What is under way fills the buffers of two connections of the kernel and of the processes, and stays there.
    expect(written).toBeLessThan(50_000_000);
    request.destroy();
  });
});

async function startEdge(
  listener: RequestListener,
  onUpgrade: (socket: Duplex) => void = (socket) => socket.destroy(),
): Promise<number> {
  const origin = createServer(listener);
  origin.on('upgrade', (_request, socket: Duplex) => {
    socket.on('error', () => {});
    onUpgrade(socket);
  });
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
  const proxy = createReverseProxy({ origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}` });
  const site = await makeSite('p-256', ['localhost']);
  const server = proxy.serve(createSecureServer({ ...site, allowHTTP1: true }));
  onTestFinished(() => {
    proxy.close();
    origin.closeAllConnections();
    origin.close();
  });
  return listen(server);
}

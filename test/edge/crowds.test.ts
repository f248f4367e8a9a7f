import { once } from 'node:events';
import { connect as connectNet } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createTlsServer } from '@latchkey/edge';
import { tlsStatistics } from '@latchkey/native';
import { expect, it } from 'vitest';
import { expectNothingLeft, listen, makeSite, until, visit, visitorOptions } from './fixture.js';

it('completes the handshakes of 1000 visitors who come at once to a key service 50 ms away', async () => {
  const site = await makeSite();
  site.keyService.latency = 50;
  const server = createTlsServer(site, (socket) => socket.end('welcome'));
  const port = await listen(server);
  await Promise.all(
    Array.from({ length: 1000 }, async () => {
      const socket = await visit(port);
      socket.resume();
      await once(socket, 'close');
    }),
  );
  expect(server.statistics()).toMatchObject({
    fullHandshakes: 1000,
    failedHandshakes: {},
    refusedConnections: 0,
  });
  await until(() => server.statistics().openConnections === 0);
});

it('keeps nothing of 500 visitors who vanish at random moments', async () => {
  const site = await makeSite();
  site.keyService.latency = () => Math.random() * 30;
  const server = createTlsServer(site, (socket) => {
    socket.on('error', () => {});
    socket.write('welcome');
  });
  const port = await listen(server);
  for (let group = 0; group < 10; group += 1)
    await Promise.all(Array.from({ length: 50 }, (_, index) => vanish(index)));
  await until(() => server.statistics().openConnections === 0 && server.statistics().pendingHandshakes === 0);
  await until(() => tlsStatistics().connections === 0);
  expectNothingLeft(server);
  // Some left before their operation, some during it and some after: else this would prove little.
  const { requests, cancelled } = site.keyService;
  const { failedHandshakes, fullHandshakes } = server.statistics();
  expect(failedHandshakes).toEqual({ LATCHKEY_VISITOR_LEFT: 500 - fullHandshakes });
  expect(requests.length).toBeLessThan(500);
  expect(cancelled).toBeGreaterThan(0);
  expect(fullHandshakes).toBeGreaterThan(0);
  (await visit(port)).destroy();

  async function vanish(index: number): Promise<void> {
    const raw = connectNet(port, '127.0.0.1');
    const closed = once(raw, 'close');
    await once(raw, 'connect');
    raw.on('error', () => {});
    // One in five leaves without a word, one in five after the handshake, the others whenever.
    if (index % 5 !== 0) {
      const visitor = connectTls({ ...visitorOptions(port), socket: raw });
      visitor.on('error', () => {});
      if (index % 5 === 1) await once(visitor, 'data');
      else await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    }
    if (Math.random() < 0.5) raw.resetAndDestroy();
    else raw.destroy();
    await closed;
  }
});

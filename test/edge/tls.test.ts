import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectNet } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { createTlsServer, type EdgeSocket, TlsMethodUnsupportedError } from '@latchkey/edge';
import { describe, expect, it } from 'vitest';
import { listen, makeSite, until, visit, visitInVain, visitorOptions } from './fixture.js';

const site = await makeSite();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('createTlsServer', () => {
  it('carries 20 MB both ways unharmed', async () => {
    const port = await listen(createTlsServer(site, (socket) => socket.pipe(socket)));
    const socket = await visit(port);
    const body = randomBytes(20_000_000);
    socket.end(body);
    expect(sha256(await buffer(socket))).toBe(sha256(body));
  });

  it('chooses among its ALPN protocols, and refuses visitors who know none of them', async () => {
    const port = await listen(
      createTlsServer({ ...site, ALPNProtocols: ['b', 'a'] }, (socket) =>
        socket.end(String(socket.alpnProtocol)),
      ),
    );
    const spoken = async (ALPNProtocols: string[]): Promise<string> =>
      (await buffer(await visit(port, { ALPNProtocols }))).toString();
    expect(await spoken(['a', 'b'])).toBe('b');
    expect(await spoken([])).toBe('false');
    expect(await visitInVain(port, { ALPNProtocols: ['c'] })).toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    });
  });

  it('lets a visitor who has ended their side have the answer, with allowHalfOpen', async () => {
    const port = await listen(
      createTlsServer({ ...site, allowHalfOpen: true }, (socket) => {
        socket.resume();
        socket.on('end', () => setTimeout(() => socket.end('after your end'), 20));
      }),
    );
    const halfOpen = { ...visitorOptions(port), allowHalfOpen: true };
    const socket = connectTls(halfOpen);
    socket.end('mine');
    expect((await buffer(socket)).toString()).toBe('after your end');
  });

  it('stops reading from a visitor whom nobody listens to', async () => {
    let accepted: EdgeSocket | undefined;
    const port = await listen(
      createTlsServer(site, (socket) => {
        accepted = socket;
      }),
    );
    const socket = await visit(port);
    socket.on('error', () => {});
    const chunk = Buffer.alloc(1_000_000);
    let sent = 0;
    while (socket.write(chunk, () => (sent += 1)) || socket.writableLength < 64_000_000);
    await until(() => accepted !== undefined);
    let before = -1;
    while (before !== accepted!.bytesRead) {
      before = accepted!.bytesRead;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(accepted!.readableLength).toBeLessThan(1_000_000);
    expect(sent).toBeLessThan(64);
    socket.destroy();
    accepted!.on('error', () => {});
    accepted!.resume();
  });

  it('tells the connection of a visitor who broke off by an error', async () => {
    const errors: Error[] = [];
    const server = createTlsServer(site, (socket) => {
      socket.on('error', (error) => errors.push(error));
      socket.resume();
    });
    const port = await listen(server);
    const raw = connectNet(port, '127.0.0.1');
    await once(raw, 'connect');
    const visitor = connectTls({ ...visitorOptions(port), socket: raw });
    visitor.on('error', () => {});
    await once(visitor, 'secureConnect');
    await until(() => server.statistics().openConnections === 1);
    raw.resetAndDestroy();
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_CONNECTION_BROKEN' });
  });

  it('emits timeouts of idle connections', async () => {
    const port = await listen(
      createTlsServer(site, (socket) => socket.setTimeout(50, () => socket.end('too slow'))),
    );
    expect((await buffer(await visit(port))).toString()).toBe('too slow');
  });

  it('refuses what would change a TLS context that it does not have', () => {
    const server = createTlsServer(site);
    expect(() => server.addContext('localhost', {})).toThrow(TlsMethodUnsupportedError);
    expect(() => server.setSecureContext({})).toThrow(TlsMethodUnsupportedError);
    expect(() => server.setTicketKeys(Buffer.alloc(48))).toThrow(TlsMethodUnsupportedError);
    expect(() => server.getTicketKeys()).toThrow(TlsMethodUnsupportedError);
  });
});

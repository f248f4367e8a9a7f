import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { connect as connectNet } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen, makeProxy, say, startOrigin, until, visitHttp2 } from './test-support/proxy.js';
import { acceptWebSocketKey, makeWebSocketKey } from './web-socket.js';

it('answers the key of RFC 6455, section 1.3, as it is answered there', () => {
  expect(acceptWebSocketKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

const ORIGINS = ['http/1.1', 'h2'] as const;

describe.each(ORIGINS)('a WebSocket to an origin that speaks %s', (protocol) => {
  it('is carried for a visitor over HTTP/1.1', async () => {
    const { http1, records } = makeProxy({ url: await startEcho(protocol), protocol });
    const key = makeWebSocketKey();
    const visitor = connectNet(await http1(), '127.0.0.1');
    onTestFinished(() => void visitor.destroy());
    visitor.write(
      `GET /chat?x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat\r\n\r\nearly`,
    );
    const answer = await readUntil(visitor, 'early');
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer).toContain(`sec-websocket-accept: ${acceptWebSocketKey(key)}\r\n`);
    expect(answer).toContain('sec-websocket-protocol: chat\r\n');
    await expectEcho(visitor);
    visitor.end();
    await until(() => records.length === 1);
    expect(records[0]).toMatchObject({ outcome: 'switched', status: 101, path: '/chat', query: 'x' });
    expect(records[0]?.bytesSent).toBeGreaterThan(1_000_000);
  });

  it('is carried for a visitor over HTTP/2', async () => {
    const { http2, records } = makeProxy({ url: await startEcho(protocol), protocol });
    const session = await visitHttp2(await http2());
    expect(session.remoteSettings.enableConnectProtocol).toBe(true);
    const stream = session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':path': '/chat',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'chat',
    });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers).toMatchObject({ ':status': 200, 'sec-websocket-protocol': 'chat' });
    expect(headers).not.toHaveProperty('sec-websocket-accept');
    await expectEcho(stream);
    stream.end();
    await until(() => records.length === 1);
    expect(records[0]).toMatchObject({ outcome: 'switched', path: '/chat' });
  });

  it('ends for the visitor when the origin ends it', async () => {
    const { http1 } = makeProxy({ url: await startEcho(protocol, (socket) => socket.destroy()), protocol });
    const visitor = connectNet(await http1(), '127.0.0.1');
    visitor.write(webSocketRequest());
    expect((await buffer(visitor)).toString()).toMatch(/^HTTP\/1\.1 101 /);
  });

  it('ends for the origin when the visitor breaks off', async () => {
    let closed: Promise<unknown> | undefined;
    const url = await startEcho(protocol, (socket) => {
      socket.on('error', () => {}).resume();
      // Node's http servers leave their side open.
      socket.on('end', () => socket.end());
      closed = new Promise((resolve) => socket.on('close', resolve));
    });
    const { http1, records } = makeProxy({ url, protocol });
    const visitor = connectNet(await http1(), '127.0.0.1');
    visitor.write(webSocketRequest());
    await readUntil(visitor, '\r\n\r\n');
    visitor.resetAndDestroy();
    await closed;
    await until(() => records.length === 1);
  });

  it('is not a WebSocket where the origin says so: its answer is passed on', async () => {
    const url =
      protocol === 'h2'
        ? `http://127.0.0.1:${await listen(
            createHttp2Server({ settings: { enableConnectProtocol: true } }).on('stream', (stream) => {
              stream.respond({ ':status': 403 });
              stream.end('no');
            }),
          )}`
        : await startOrigin((_request, response) => response.writeHead(403).end('no'));
    const { http1 } = makeProxy({ url, protocol });
    const answer = await say(await http1(), webSocketRequest());
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('no');
  });
});

it('cuts upgraded connections when it is closed', async () => {
  const { http1, proxy } = makeProxy(await startEcho('http/1.1'));
  const visitor = connectNet(await http1(), '127.0.0.1');
  visitor.write(webSocketRequest());
  await readUntil(visitor, '\r\n\r\n');
  const closed = once(visitor, 'close');
  proxy.close();
  visitor.resume();
  await closed;
});

it('is a bare 502 when the origin cannot be a WebSocket server', async () => {
  const origin = createHttpServer();
  origin.on('upgrade', (_request, socket) =>
    socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n',
    ),
  );
  const { http1, failures } = makeProxy(`http://127.0.0.1:${await listen(origin)}`);
  expect(await say(await http1(), webSocketRequest())).toMatch(/^HTTP\/1\.1 502 /);
  expect(failures).toHaveLength(1);
});

it('is a bare 502 when an origin over HTTP/2 has no extended CONNECT', async () => {
  const url = `http://127.0.0.1:${await listen(createHttp2Server())}`;
  const { http1, failures } = makeProxy({ url, protocol: 'h2' });
  expect(await say(await http1(), webSocketRequest())).toMatch(/^HTTP\/1\.1 502 /);
  expect(failures.map(({ cause }) => cause)).toMatchObject([
    { message: expect.stringContaining('RFC 8441') as string },
  ]);
});

describe('another upgrade', () => {
  it('is carried whatever the protocol is', async () => {
    const { http1 } = makeProxy(await startEcho('http/1.1'));
    const visitor = connectNet(await http1(), '127.0.0.1');
    onTestFinished(() => void visitor.destroy());
    visitor.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: Echo/1\r\n\r\n');
    expect(await readUntil(visitor, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 101 [^]*upgrade: Echo\/1\r\n/);
    await expectEcho(visitor);
  });

  it.each(['h2c', 'HTTP/2.0', 'TLS/1.2'])(
    'to %s is not passed on: the request is an ordinary one',
    async (token) => {
      const { http1 } = makeProxy(
        await startOrigin((request, response) => response.end(JSON.stringify(request.headers))),
      );
      const answer = await say(
        await http1(),
        `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${token}\r\nHTTP2-Settings: AAAA\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).not.toMatch(/upgrade|http2-settings/i);
    },
  );

  it('with a body is refused: where that ends would be anybody’s guess', async () => {
    const { http1 } = makeProxy(await startEcho('http/1.1'));
    const answer = await say(
      await http1(),
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\nContent-Length: 5\r\n\r\nhello',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is refused in the form of a CONNECT', async () => {
    const { http1, http2 } = makeProxy(await startEcho('http/1.1'));
    expect(await say(await http1(), 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 405 /,
    );
    const session = await visitHttp2(await http2());
    const stream = session.request({ ':method': 'CONNECT', ':authority': 'a:443' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(405);
  });
});

const webSocketRequest = (): string =>
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  `Sec-WebSocket-Key: ${makeWebSocketKey()}\r\nSec-WebSocket-Version: 13\r\n\r\n`;

/** An origin that answers every upgrade, and then all that it hears. */
async function startEcho(
  protocol: 'http/1.1' | 'h2',
  onConnection: (socket: Duplex) => void = (socket) => socket.pipe(socket),
): Promise<string> {
  const server = protocol === 'h2' ? http2Echo(onConnection) : http1Echo(onConnection);
  return `http://127.0.0.1:${await listen(server)}`;
}

function http1Echo(onConnection: (socket: Duplex) => void) {
  const server = createHttpServer();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { upgrade = '', 'sec-websocket-key': key = '', 'sec-websocket-protocol': chosen } = request.headers;
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n` +
        `Sec-WebSocket-Accept: ${acceptWebSocketKey(key)}\r\n` +
        `${chosen === undefined ? '' : `Sec-WebSocket-Protocol: ${chosen}\r\n`}\r\n`,
    );
    socket.write(head);
    onConnection(socket);
  });
  return server;
}

function http2Echo(onConnection: (socket: Duplex) => void) {
  const server = createHttp2Server({ settings: { enableConnectProtocol: true } });
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chosen = headers['sec-websocket-protocol'];
    expect(headers).toMatchObject({ ':method': 'CONNECT', ':protocol': 'websocket' });
    expect(headers).not.toHaveProperty('sec-websocket-key');
    stream.respond({ ':status': 200, ...(chosen !== undefined && { 'sec-websocket-protocol': chosen }) });
    onConnection(stream);
  });
  return server;
}

async function readUntil(socket: Duplex, end: string): Promise<string> {
  let text = '';
  while (!text.endsWith(end)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
  return text;
}

/** Sends a megabyte through, and expects it back. */
async function expectEcho(socket: Duplex): Promise<void> {
  const sent = randomBytes(1_000_000);
  const received: Buffer[] = [];
  let length = 0;
  const complete = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk);
      length += chunk.length;
      if (length >= sent.length) resolve();
    });
  });
  socket.write(sent);
  await complete;
  expect(Buffer.concat(received).equals(sent)).toBe(true);
}

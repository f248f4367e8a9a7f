import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import {
  connect as connectHttp2,
  type ClientHttp2Session,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { Agent, request as httpsRequest, Server as HttpsServer } from 'node:https';
import { connect as connectNet, createServer as createNetServer, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createSecureServer, createServer, type EdgeSocket } from '@latchkey/edge';
import express from 'express';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { authority, listen, makeSite, until, visit, visitorOptions } from './fixture.js';

const site = await makeSite();

interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}

interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly body?: Buffer;
  readonly agent?: Agent;
}

async function askHttp1(port: number, { body, ...question }: Question = {}): Promise<Answer> {
  const request = httpsRequest({ ...visitorOptions(port), agent: false, ...question });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

function openHttp2(port: number): ClientHttp2Session {
  return connectHttp2(`https://localhost:${port}`, {
    host: '127.0.0.1',
    servername: 'localhost',
    ca: authority.certificatePem,
  });
}

async function askHttp2(session: ClientHttp2Session, { body, path, method }: Question = {}): Promise<Answer> {
  const stream = session.request({
    ':path': path ?? '/',
    ':method': method ?? (body === undefined ? 'GET' : 'POST'),
  });
  // In pieces: Node's sessions give up where more than 10 MB wait at once.
  Readable.from(pieces(body ?? Buffer.alloc(0))).pipe(stream);
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { status: headers[':status'] as number, headers, body: await buffer(stream) };
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Something between visitor and edge that can break: Node's own client dies of an assertion when its end does. */
async function startRelay(
  edgePort: number,
): Promise<{ readonly port: number; reset(): void; close(): void }> {
  const toEdge = connectNet(edgePort, '127.0.0.1');
  toEdge.on('error', () => {});
  const relay = createNetServer((fromVisitor) => {
    fromVisitor.on('error', () => {});
    fromVisitor.pipe(toEdge).pipe(fromVisitor);
    toEdge.on('close', () => fromVisitor.destroy());
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return {
    port: (relay.address() as AddressInfo).port,
    reset: () => toEdge.resetAndDestroy(),
    close: () => relay.close(),
  };
}

const echo: RequestListener = (request, response) => {
  request.pipe(response);
};
const echoHttp2 = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
  request.pipe(response);
};

describe('createServer', () => {
  it('is https.createServer without the key', async () => {
    const server = createServer(site, (request, response) => {
      const socket = request.socket as unknown as EdgeSocket;
      response.end(
        JSON.stringify({
          encrypted: socket.encrypted,
          protocol: socket.getProtocol(),
          servername: socket.servername,
          alpnProtocol: socket.alpnProtocol,
          remoteAddress: socket.remoteAddress,
        }),
      );
    });
    expect(server).toBeInstanceOf(HttpsServer);
    const { status, body } = await askHttp1(await listen(server));
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toEqual({
      encrypted: true,
      protocol: 'TLSv1.3',
      servername: 'localhost',
      alpnProtocol: false,
      remoteAddress: '127.0.0.1',
    });
  });

  it('carries 20 MB both ways unharmed', async () => {
    const port = await listen(createServer(site, echo));
    const body = randomBytes(20_000_000);
    const answer = await askHttp1(port, { method: 'POST', body });
    expect(sha256(answer.body)).toBe(sha256(body));
  });

  it('keeps connections alive', async () => {
    const server = createServer(site, echo);
    const port = await listen(server);
    const agent = new Agent({ keepAlive: true });
    for (let count = 0; count < 5; count += 1)
      expect((await askHttp1(port, { agent, method: 'POST', body: Buffer.from('x') })).body.toString()).toBe(
        'x',
      );
    agent.destroy();
    expect(server.statistics()).toMatchObject({ fullHandshakes: 1, operations: { sign: 1, decrypt: 0 } });
  });

  it('enforces the http server’s own timeouts', async () => {
    const server = createServer({ ...site, headersTimeout: 50, connectionsCheckingInterval: 20 }, echo);
    const socket = await visit(await listen(server));
    socket.write('GET / HTTP/1.1\r\n');
    expect((await buffer(socket)).toString()).toContain('408 Request Timeout');
  });

  it('closes idle connections by the keep-alive timeout', async () => {
    const server = createServer({ ...site, keepAliveTimeout: 50 }, echo);
    const socket = await visit(await listen(server));
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    expect((await buffer(socket)).toString()).toContain('200 OK');
    await until(() => server.statistics().openConnections === 0);
  });

  it('hands upgrades over with the socket', async () => {
    const server = createServer(site);
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
      socket.pipe(socket);
    });
    const socket = await visit(await listen(server));
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
    await once(socket, 'data');
    socket.end('over and out');
    expect((await buffer(socket)).toString()).toBe('over and out');
  });

  it('serves an Express application, which knows that the request is secure', async () => {
    const app = express();
    app.use(express.json());
    app.post('/hello/:name', (request, response) => {
      response.json({
        hello: request.params.name,
        secure: request.secure,
        ip: request.ip,
        body: request.body,
      });
    });
    const port = await listen(createServer(site, app));
    const request = httpsRequest({
      ...visitorOptions(port),
      path: '/hello/world',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    request.end('{"a":1}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(JSON.parse((await buffer(response)).toString())).toEqual({
      hello: 'world',
      secure: true,
      ip: '127.0.0.1',
      body: { a: 1 },
    });
  });

  it('serves a Fastify application by its serverFactory', async () => {
    const server = createServer(site);
    const app = fastify({ serverFactory: (handler) => server.on('request', handler) });
    app.get('/hello', (request) => ({ protocol: request.protocol, ip: request.ip }));
    await app.ready();
    const { body } = await askHttp1(await listen(server), { path: '/hello' });
    expect(JSON.parse(body.toString())).toEqual({ protocol: 'https', ip: '127.0.0.1' });
  });
});

describe('createSecureServer', () => {
  it('is http2.createSecureServer without the key', async () => {
    const server = createSecureServer(site, (request, response) => {
      const { socket } = request;
      response.end(
        JSON.stringify({
          encrypted: 'encrypted' in socket && socket.encrypted,
          remoteAddress: socket.remoteAddress,
          scheme: request.scheme,
          authority: request.authority,
          session: {
            encrypted: request.stream.session?.encrypted,
            alpnProtocol: request.stream.session?.alpnProtocol,
          },
        }),
      );
    });
    const port = await listen(server);
    const session = openHttp2(port);
    const { status, body } = await askHttp2(session);
    session.close();
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toEqual({
      encrypted: true,
      remoteAddress: '127.0.0.1',
      scheme: 'https',
      authority: `localhost:${port}`,
      session: { encrypted: true, alpnProtocol: 'h2' },
    });
  });

  it('carries 20 MB both ways unharmed', async () => {
    const session = openHttp2(await listen(createSecureServer(site, echoHttp2)));
    const body = randomBytes(20_000_000);
    const answer = await askHttp2(session, { body });
    session.close();
    expect(sha256(answer.body)).toBe(sha256(body));
  });

  it('serves many streams at once over one handshake', async () => {
    const server = createSecureServer(site, echoHttp2);
    const session = openHttp2(await listen(server));
    const bodies = Array.from({ length: 50 }, () => randomBytes(50_000));
    const answers = await Promise.all(bodies.map((body) => askHttp2(session, { body })));
    session.close();
    expect(answers.map(({ body }) => sha256(body))).toEqual(bodies.map(sha256));
    expect(server.statistics()).toMatchObject({ fullHandshakes: 1, operations: { sign: 1 } });
  });

  it('with allowHTTP1 serves HTTP/1.1 to visitors who choose it, or nothing', async () => {
    const port = await listen(
      createSecureServer({ ...site, allowHTTP1: true }, (request, response) => {
        response.end(request.httpVersion);
      }),
    );
    const session = openHttp2(port);
    expect((await askHttp2(session)).body.toString()).toBe('2.0');
    session.close();
    expect((await askHttp1(port)).body.toString()).toBe('1.1');
    const socket = await visit(port, { ALPNProtocols: ['http/1.1'] });
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.end('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    expect((await buffer(socket)).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*1\.1/);
  });

  it('without allowHTTP1 tells other visitors so', async () => {
    const port = await listen(createSecureServer(site, echoHttp2));
    expect((await askHttp1(port)).status).toBe(403);
  });

  it('outlives HTTP/2 visitors who break off in the middle of everything', async () => {
    const server = createSecureServer(site, (request, response) => {
      request.resume();
      response.write(Buffer.alloc(1_000_000));
    });
    const port = await listen(server);
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const relay = await startRelay(port);
        const session = openHttp2(relay.port);
        session.on('error', () => {});
        const stream = session.request({ ':method': 'POST' });
        stream.on('error', () => {});
        stream.write(Buffer.alloc(100_000));
        await once(stream, 'response');
        if (index % 2 === 0) relay.reset();
        session.destroy();
        relay.close();
      }),
    );
    await until(() => server.statistics().openConnections === 0);
    const session = openHttp2(port);
    const stream = session.request();
    await once(stream, 'response');
    session.destroy();
  });

  it('serves a Fastify application over both protocols', async () => {
    const server = createSecureServer({ ...site, allowHTTP1: true });
    const app = fastify({ http2: true, serverFactory: (handler) => server.on('request', handler as never) });
    app.post('/hello', (request) => ({
      protocol: request.protocol,
      version: request.raw.httpVersion,
      ip: request.ip,
    }));
    await app.ready();
    const port = await listen(server);
    const session = openHttp2(port);
    const overHttp2 = await askHttp2(session, { path: '/hello', method: 'POST' });
    session.close();
    const overHttp1 = await askHttp1(port, { path: '/hello', method: 'POST' });
    const common = { protocol: 'https', ip: '127.0.0.1' };
    expect(JSON.parse(overHttp2.body.toString())).toEqual({ ...common, version: '2.0' });
    expect(JSON.parse(overHttp1.body.toString())).toEqual({ ...common, version: '1.1' });
  });
});

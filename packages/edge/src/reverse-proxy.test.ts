import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest, Agent } from 'node:http';
import type { IncomingMessage, RequestListener, Server as HttpServer } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import {
  connect as connectNet,
  createServer as createNetServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EdgeOptionsError, type OriginError } from './errors.js';
import { createReverseProxy, type ReverseProxy, type ReverseProxyOptions } from './reverse-proxy.js';

let cleanUp: (() => void)[] = [];
let failures: OriginError[] = [];

beforeEach(() => {
  cleanUp = [];
  failures = [];
});

afterEach(() => {
  for (const each of cleanUp) each();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // Visitors and origins that break off are what these tests are about.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  cleanUp.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function startOrigin(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createHttpServer(listener))}`;
}

function makeProxy(origin: string, options: Partial<ReverseProxyOptions> = {}): ReverseProxy {
  const proxy = createReverseProxy({ origin, onFailure: (error) => failures.push(error), ...options });
  cleanUp.push(() => proxy.close());
  return proxy;
}

async function startHttp1(origin: string, options?: Partial<ReverseProxyOptions>): Promise<number> {
  return listen(createHttpServer(makeProxy(origin, options)));
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  readonly agent?: Agent;
}

async function ask(port: number, { body, ...question }: Question = {}): Promise<Answer> {
  const request = httpRequest({ host: '127.0.0.1', port, ...question });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const echo: RequestListener = (request, response) => {
  response.setHeader('x-method', request.method ?? '');
  response.setHeader('x-url', request.url ?? '');
  request.pipe(response);
};

describe('a request', () => {
  it('reaches the origin with method, path, query and body, and its answer the visitor', async () => {
    const port = await startHttp1(await startOrigin(echo));
    const answer = await ask(port, { method: 'PUT', path: '/a/b?c=d', body: Buffer.from('hello') });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-method']).toBe('PUT');
    expect(answer.headers['x-url']).toBe('/a/b?c=d');
    expect(answer.body.toString()).toBe('hello');
  });

  it('carries 20 MB both ways unharmed', async () => {
    const port = await startHttp1(await startOrigin(echo));
    const body = randomBytes(20_000_000);
    const answer = await ask(port, { method: 'POST', body });
    expect(sha256(answer.body)).toBe(sha256(body));
  });

  it.each(['GET', 'DELETE'])('keeps its body framed where Node would not: chunked %s', async (method) => {
    const port = await startHttp1(await startOrigin(echo));
    const agent = new Agent({ keepAlive: true });
    cleanUp.push(() => agent.destroy());
    const headers = { 'transfer-encoding': 'chunked' };
    const answers = [
      await ask(port, { method, headers, body: Buffer.from('one'), agent }),
      await ask(port, { method, headers, body: Buffer.from('two'), agent }),
    ];
    expect(answers.map(({ body }) => body.toString())).toEqual(['one', 'two']);
  });

  it('may come in HTTP/2', async () => {
    const port = await listen(createHttp2Server(makeProxy(await startOrigin(echo))));
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    cleanUp.push(() => session.destroy());
    const body = randomBytes(3_000_000);
    const stream = session.request({ ':method': 'POST', ':path': '/upload?x' });
    stream.end(body);
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(200);
    expect(headers['x-url']).toBe('/upload?x');
    expect(sha256(await buffer(stream))).toBe(sha256(body));
  });

  it('in absolute form goes on in origin form', async () => {
    const port = await startHttp1(await startOrigin(echo));
    const answer = await ask(port, { path: 'http://elsewhere.example/a?b' });
    expect(answer.headers['x-url']).toBe('/a?b');
  });

  it('for nothing that is a path is answered 400', async () => {
    const port = await startHttp1(await startOrigin(echo));
    expect((await ask(port, { path: 'nonsense' })).status).toBe(400);
  });

  it('that only a lenient parser accepts is answered 400', async () => {
    const proxy = makeProxy(await startOrigin(echo));
    const port = await listen(createHttpServer({ insecureHTTPParser: true }, proxy));
    const visitor = connectNet(port, '127.0.0.1');
    visitor.write('GET / HTTP/1.1\r\nhost: a\r\nx-bell: \u0007\r\n\r\n');
    expect((await buffer(visitor)).toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('to HEAD has the length but no body', async () => {
    const origin = await startOrigin((_request, response) => {
      response.setHeader('content-length', '5');
      response.end();
    });
    const answer = await ask(await startHttp1(origin), { method: 'HEAD' });
    expect(answer.headers['content-length']).toBe('5');
    expect(answer.body).toHaveLength(0);
  });

  it('shares connections to the origin with those before it', async () => {
    const ports = new Set<number | undefined>();
    const port = await startHttp1(
      await startOrigin((request, response) => {
        ports.add(request.socket.remotePort);
        response.end('ok');
      }),
    );
    for (let count = 0; count < 5; count += 1) await ask(port);
    expect(ports.size).toBe(1);
  });
});

describe('an origin that fails', () => {
  it('is a bare 502 when it refuses connections', async () => {
    const server = createNetServer();
    const closedPort = await listen(server);
    server.close();
    const answer = await ask(await startHttp1(`http://127.0.0.1:${closedPort}`));
    expect(answer.status).toBe(502);
    expect(answer.body).toHaveLength(0);
    expect(failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_FAILED']);
    expect(failures[0]?.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each(['', 'garbage\r\n\r\n'])('is a bare 502 when its answer is %j', async (bytes) => {
    const origin = await listen(createNetServer((socket) => socket.once('data', () => socket.end(bytes))));
    const answer = await ask(await startHttp1(`http://127.0.0.1:${origin}`));
    expect(answer.status).toBe(502);
    expect(failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_FAILED']);
  });

  it('is a bare 502 when it switches protocols, which nobody asked it for', async () => {
    const bytes = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n';
    const origin = await listen(createNetServer((socket) => socket.once('data', () => socket.write(bytes))));
    const answer = await ask(await startHttp1(`http://127.0.0.1:${origin}`));
    expect(answer.status).toBe(502);
    expect(failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_FAILED']);
  });

  it('is a bare 502 when HTTP/2 has no place for its answer', async () => {
    const origin = await listen(
      createNetServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 999 ?\r\n\r\n'))),
    );
    const port = await listen(createHttp2Server(makeProxy(`http://127.0.0.1:${origin}`)));
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    cleanUp.push(() => session.destroy());
    const stream = session.request();
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(502);
    expect(failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_FAILED']);
  });

  it('is a bare 504 when it stays silent', async () => {
    const origin = await startOrigin(() => {});
    const answer = await ask(await startHttp1(origin, { timeout: 50 }));
    expect(answer.status).toBe(504);
    expect(failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_TIMEOUT']);
  });

  it.each(['breaks off', 'falls silent'])(
    'cuts the visitor’s answer short when it %s within it',
    async (how) => {
      const origin = await startOrigin((_request, response) => {
        response.write('half');
        if (how === 'breaks off') setImmediate(() => response.destroy());
      });
      const port = await startHttp1(origin, { timeout: 50 });
      await expect(ask(port)).rejects.toThrow('aborted');
      expect(failures).toHaveLength(1);
    },
  );

  it('resets the stream of an HTTP/2 visitor when it breaks off within its answer', async () => {
    const origin = await startOrigin((_request, response) => {
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const port = await listen(createHttp2Server(makeProxy(origin)));
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    cleanUp.push(() => session.destroy());
    const stream = session.request({ ':path': '/' });
    await expect(buffer(stream)).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
  });

  it('may answer and break off before it has read the request', async () => {
    const sockets: Socket[] = [];
    const origin = await startOrigin((request, response) => {
      sockets.push(request.socket);
      response.writeHead(413).end('too large');
    });
    const port = await startHttp1(origin);
    const request = httpRequest({ host: '127.0.0.1', port, method: 'POST' });
    request.on('error', () => {});
    request.write(randomBytes(1_000_000));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    sockets[0]?.resetAndDestroy();
    expect(response.statusCode).toBe(413);
    expect((await buffer(response)).toString()).toBe('too large');
    await ask(port);
    expect(failures).toEqual([]);
    request.destroy();
  });

  it('has closed an idle connection: the request goes out once more', async () => {
    let connections = 0;
    const origin = createNetServer((socket) => {
      connections += 1;
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        // As if the connection had been closed just when the second request was under way.
        if (requests > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    const port = await startHttp1(`http://127.0.0.1:${await listen(origin)}`);
    const answers = [await ask(port), await ask(port)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(connections).toBe(2);
    expect(failures).toEqual([]);
  });
});

describe('a visitor who leaves', () => {
  it('ends the request to the origin', async () => {
    let originClosed: Promise<unknown> | undefined;
    const origin = await startOrigin((request, response) => {
      originClosed = once(request.socket, 'close');
      response.write('first');
    });
    const port = await startHttp1(origin);
    const request = httpRequest({ host: '127.0.0.1', port });
    request.on('error', () => {});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    await once(response, 'data');
    request.destroy();
    await originClosed;
    expect(failures).toEqual([]);
  });

  it('does not make the origin’s answer pile up: a slow reader stops it', async () => {
    const total = 64_000_000;
    let written = 0;
    const origin: HttpServer = createHttpServer((_request, response) => {
      const chunk = Buffer.alloc(64_000);
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
    const port = await startHttp1(`http://127.0.0.1:${await listen(origin)}`);
    const request = httpRequest({ host: '127.0.0.1', port });
    request.on('error', () => {});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(written).toBeLessThan(total);
    let received = 0;
    for await (const chunk of response) received += (chunk as Buffer).length;
    expect(received).toBe(total);
  });
});

describe('options', () => {
  it.each([
    'https://127.0.0.1',
    'http://127.0.0.1/path',
    'http://127.0.0.1/?q',
    'http://u@h',
    'nonsense',
    '',
  ])('refuse the origin %j', (origin) => {
    expect(() => createReverseProxy({ origin })).toThrow(EdgeOptionsError);
  });

  it.each([
    ['timeout', 0],
    ['timeout', 1.5],
    ['maximumConnections', Number.NaN],
  ])('refuse %s: %d', (option, value) => {
    expect(() => createReverseProxy({ origin: 'http://127.0.0.1', [option]: value })).toThrow(`${option}: `);
  });
});

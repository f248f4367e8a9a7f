import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer as createHttpServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OriginOptions } from './options.js';
import { ask, echo, listen, makeProxy, say, startOrigin, visitHttp2 } from './test-support/proxy.js';

const startHttp1 = (origin: string | OriginOptions): Promise<number> => makeProxy(origin).http1();

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

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
    onTestFinished(() => agent.destroy());
    const headers = { 'transfer-encoding': 'chunked' };
    const answers = [
      await ask(port, { method, headers, body: Buffer.from('one'), agent }),
      await ask(port, { method, headers, body: Buffer.from('two'), agent }),
    ];
    expect(answers.map(({ body }) => body.toString())).toEqual(['one', 'two']);
  });

  it('may come in HTTP/2', async () => {
    const session = await visitHttp2(await makeProxy(await startOrigin(echo)).http2());
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
    const { proxy } = makeProxy(await startOrigin(echo));
    const port = await listen(proxy.serve(createHttpServer({ insecureHTTPParser: true })));
    expect(await say(port, 'GET / HTTP/1.1\r\nhost: a\r\nx-bell: \u0007\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
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

describe('a visitor who leaves off within a request’s body', () => {
  it('gets 408, and the origin does not wait for the rest', async () => {
    let brokenOff: Promise<unknown> | undefined;
    const origin = await startOrigin((request) => {
      brokenOff = new Promise((resolve) => request.resume().on('error', resolve));
    });
    const proxy = makeProxy(origin, { visitorTimeout: 50 });
    const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n';
    expect(await say(await proxy.http1(), `${head}half`)).toMatch(/^HTTP\/1\.1 408 /);
    await brokenOff;
    expect(proxy.records.map(({ outcome }) => outcome)).toEqual(['visitor_timeout']);
    expect(proxy.failures).toEqual([]);
  });
});

describe('a visitor who leaves', () => {
  it('ends the request to the origin', async () => {
    let originClosed: Promise<unknown> | undefined;
    const origin = await startOrigin((request, response) => {
      originClosed = once(request.socket, 'close');
      response.write('first');
    });
    const proxy = makeProxy(origin);
    const port = await proxy.http1();
    const request = httpRequest({ host: '127.0.0.1', port });
    request.on('error', () => {});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => {});
    await once(response, 'data');
    request.destroy();
    await originClosed;
    expect(proxy.failures).toEqual([]);
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

import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ask, listen, makeProxy, startOrigin, until, visitHttp2 } from './test-support/proxy.js';

describe('an origin that speaks HTTP/2', () => {
  it('gets requests of visitors over HTTP/1.1 and HTTP/2, with bodies and trailers both ways', async () => {
    const origin = createHttp2Server((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.writeHead(201, { 'x-seen': `${request.method} ${request.url} ${request.authority}` });
        response.addTrailers({ 'x-sum': request.trailers['x-sum'] ?? 'none' });
        response.end(Buffer.concat(parts));
      });
    });
    const proxy = makeProxy({ url: `http://127.0.0.1:${await listen(origin)}`, protocol: 'h2' });

    const request = httpRequest({
      host: '127.0.0.1',
      port: await proxy.http1(),
      method: 'POST',
      path: '/a?b',
    });
    request.setHeader('host', 'a.example');
    request.setHeader('transfer-encoding', 'chunked');
    request.write('hello');
    request.addTrailers({ 'x-sum': '5' });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect((await buffer(response)).toString()).toBe('hello');
    expect(response.headers['x-seen']).toBe('POST /a?b a.example');
    expect(response.trailers).toEqual({ 'x-sum': '5' });

    const session = await visitHttp2(await proxy.http2());
    const stream = session.request({ ':method': 'PUT', ':path': '/c' });
    const trailers = once(stream, 'trailers') as Promise<[Record<string, unknown>]>;
    stream.end('body');
    expect((await buffer(stream)).toString()).toBe('body');
    expect((await trailers)[0]['x-sum']).toBe('none');
  });

  it('is reached over one connection by many at a time, and by another when that one is full', async () => {
    const sessions = new Set<unknown>();
    const waiting: (() => void)[] = [];
    const origin = createHttp2Server({ settings: { maxConcurrentStreams: 5 } }, (request, response) => {
      sessions.add(request.stream.session);
      waiting.push(() => response.end('ok'));
      // More than one connection takes.
      if (request.url === '/first' || waiting.length >= 6) for (const answer of waiting) answer();
    });
    const proxy = makeProxy({ url: `http://127.0.0.1:${await listen(origin)}`, protocol: 'h2' });
    const port = await proxy.http1();
    await ask(port, { path: '/first' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(port)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(sessions.size).toBeGreaterThan(1);
  });

  it('is a bare 502 when it refuses connections', async () => {
    const server = createHttp2Server();
    const port = await listen(server);
    server.close();
    const proxy = makeProxy({ url: `http://127.0.0.1:${port}`, protocol: 'h2' });
    expect((await ask(await proxy.http1())).status).toBe(502);
    expect(proxy.failures[0]?.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('several origins', () => {
  it('stand in for one that cannot be connected, whatever the request', async () => {
    const closed = createHttpServer();
    const port = await listen(closed);
    closed.close();
    const url = [
      `http://127.0.0.1:${port}`,
      await startOrigin((request, response) => request.pipe(response)),
    ];
    const proxy = makeProxy({ url });
    const visitors = await proxy.http1();
    for (let count = 0; count < 4; count += 1) {
      const answer = await ask(visitors, { method: 'POST', body: Buffer.from('once') });
      expect(answer).toMatchObject({ status: 200 });
      expect(answer.body.toString()).toBe('once');
    }
    expect(proxy.failures).toEqual([]);
    await until(() => proxy.records.length === 4);
    // Once it is known, it is left alone.
    expect(proxy.records.filter(({ attempts }) => attempts > 1)).toHaveLength(1);
  });

  it('take turns', async () => {
    const asked: number[] = [];
    const url = await Promise.all(
      [1, 2].map((number) =>
        startOrigin((_request, response) => {
          asked.push(number);
          response.end();
        }),
      ),
    );
    const port = await makeProxy({ url }).http1();
    for (let count = 0; count < 4; count += 1) await ask(port);
    expect(asked.filter((number) => number === 1)).toHaveLength(2);
  });
});

describe('a request that is not idempotent', () => {
  it('is not sent twice when the idle connection that it went out on was closed', async () => {
    let requests = 0;
    const origin = createHttpServer((request, response) => {
      requests += 1;
      if (requests > 1) request.socket.resetAndDestroy();
      else response.end('ok');
    });
    const port = await makeProxy(`http://127.0.0.1:${await listen(origin)}`).http1();
    expect((await ask(port)).status).toBe(200);
    expect((await ask(port, { method: 'POST' })).status).toBe(502);
    expect(requests).toBe(2);
  });
});

it('passes Early Hints on', async () => {
  const link = '</style.css>; rel=preload';
  const port = await makeProxy(
    await startOrigin((_request, response) => {
      response.writeEarlyHints({ link });
      response.end('ok');
    }),
  ).http1();
  const request = httpRequest({ host: '127.0.0.1', port });
  const hints = once(request, 'information') as Promise<[{ statusCode: number; headers: { link: string } }]>;
  request.end();
  expect((await hints)[0]).toMatchObject({ statusCode: 103, headers: { link } });
});

it('does not take a visitor’s pause for the origin’s silence', async () => {
  const size = 30_000_000;
  const origin = await startOrigin((_request, response) => response.end(Buffer.alloc(size)));
  const proxy = makeProxy({ url: origin, timeout: 100 });
  const request = httpRequest({ host: '127.0.0.1', port: await proxy.http1() });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect((await buffer(response)).length).toBe(size);
  expect(proxy.failures).toEqual([]);
});

it('gives a visitor up who stops reading', async () => {
  const origin = await startOrigin((_request, response) => response.end(Buffer.alloc(100_000_000)));
  const proxy = makeProxy(origin, { visitorTimeout: 100 });
  const request = httpRequest({ host: '127.0.0.1', port: await proxy.http1() });
  request.on('error', () => {});
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  await until(() => proxy.records.length === 1);
  expect(proxy.records[0]).toMatchObject({ outcome: 'visitor_timeout' });
  expect(proxy.failures).toEqual([]);
});

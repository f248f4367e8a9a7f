import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createServer as createNetServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ask, listen, makeProxy, startOrigin, visitHttp2 } from './test-support/proxy.js';

describe('an origin that fails', () => {
  it('is a bare 502 when it refuses connections', async () => {
    const server = createNetServer();
    const closedPort = await listen(server);
    server.close();
    const proxy = makeProxy(`http://127.0.0.1:${closedPort}`);
    const answer = await ask(await proxy.http1());
    expect(answer.status).toBe(502);
    expect(answer.body).toHaveLength(0);
    expect(proxy.failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_FAILED']);
    expect(proxy.failures[0]?.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each(['', 'garbage\r\n\r\n'])('is a bare 502 when its answer is %j', async (bytes) => {
    const origin = await listen(createNetServer((socket) => socket.once('data', () => socket.end(bytes))));
    const proxy = makeProxy(`http://127.0.0.1:${origin}`);
    const answer = await ask(await proxy.http1());
    expect(answer.status).toBe(502);
    expect(proxy.failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_FAILED']);
  });

  it('is a bare 502 when it switches protocols, which nobody asked it for', async () => {
    const bytes = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n';
    const origin = await listen(createNetServer((socket) => socket.once('data', () => socket.write(bytes))));
    const proxy = makeProxy(`http://127.0.0.1:${origin}`);
    const answer = await ask(await proxy.http1());
    expect(answer.status).toBe(502);
    expect(proxy.failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_FAILED']);
  });

  it('is a bare 502 when HTTP/2 has no place for its answer', async () => {
    const origin = await listen(
      createNetServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 999 ?\r\n\r\n'))),
    );
    const proxy = makeProxy(`http://127.0.0.1:${origin}`);
    const session = await visitHttp2(await proxy.http2());
    const stream = session.request();
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(502);
    expect(proxy.failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_FAILED']);
  });

  it('is a bare 504 when it stays silent', async () => {
    const origin = await startOrigin(() => {});
    const proxy = makeProxy({ url: origin, timeout: 50 });
    const answer = await ask(await proxy.http1());
    expect(answer.status).toBe(504);
    expect(proxy.failures.map(({ code }) => code)).toEqual(['LATCHKEY_ORIGIN_TIMEOUT']);
  });

  it.each(['breaks off', 'falls silent'])(
    'cuts the visitor’s answer short when it %s within it',
    async (how) => {
      const origin = await startOrigin((_request, response) => {
        response.write('half');
        if (how === 'breaks off') setImmediate(() => response.destroy());
      });
      const proxy = makeProxy({ url: origin, timeout: 50 });
      const port = await proxy.http1();
      await expect(ask(port)).rejects.toThrow('aborted');
      expect(proxy.failures).toHaveLength(1);
    },
  );

  it('resets the stream of an HTTP/2 visitor when it breaks off within its answer', async () => {
    const origin = await startOrigin((_request, response) => {
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const session = await visitHttp2(await makeProxy(origin).http2());
    const stream = session.request({ ':path': '/' });
    await expect(buffer(stream)).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
  });

  it('may answer and break off before it has read the request', async () => {
    const sockets: Socket[] = [];
    const origin = await startOrigin((request, response) => {
      sockets.push(request.socket);
      response.writeHead(413).end('too large');
    });
    const proxy = makeProxy(origin);
    const port = await proxy.http1();
    const request = httpRequest({ host: '127.0.0.1', port, method: 'POST' });
    request.on('error', () => {});
    request.write(randomBytes(1_000_000));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    sockets[0]?.resetAndDestroy();
    expect(response.statusCode).toBe(413);
    expect((await buffer(response)).toString()).toBe('too large');
    await ask(port);
    expect(proxy.failures).toEqual([]);
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
    const proxy = makeProxy(`http://127.0.0.1:${await listen(origin)}`);
    const port = await proxy.http1();
    const answers = [await ask(port), await ask(port)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(connections).toBe(2);
    expect(proxy.failures).toEqual([]);
  });
});

import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { listen, makeProxy, say, startOrigin, visitHttp2 } from './test-support/proxy.js';

/** Each is one request to some parsers, and to others two, or one for somebody else. */
const AMBIGUOUS: readonly (readonly [string, string])[] = [
  [
    'both Content-Length and Transfer-Encoding',
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'Transfer-Encoding before Content-Length',
    'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
  ['a list of lengths', 'Content-Length: 5, 6\r\n\r\nhello!'],
  ['a length with a sign', 'Content-Length: +5\r\n\r\nhello'],
  ['a length in hexadecimal', 'Content-Length: 0x5\r\n\r\nhello'],
  ['an unknown coding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['chunked twice', 'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n'],
  ['chunked before another coding', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
  ['another coding before chunked', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['a space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['a folded line', 'Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n'],
  ['a tab in the name', 'Transfer\tEncoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a bare line feed', 'X: y\nContent-Length: 5\r\n\r\nhello'],
  ['a bare carriage return', 'X: y\rContent-Length: 5\r\n\r\nhello'],
  ['a chunk size with a prefix', 'Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n'],
  ['a chunk size that is negative', 'Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n'],
  ['a second Host', 'Host: elsewhere.example\r\nContent-Length: 0\r\n\r\n'],
];

describe('a request that could be understood in two ways', () => {
  it.each(AMBIGUOUS)('is refused: %s', async (_name, rest) => {
    const { port, requests } = await start();
    const answer = await say(port, `POST / HTTP/1.1\r\nHost: a.example\r\n${rest}`);
    expect(answer).toMatch(/^HTTP\/1\.1 (?:400|501) /);
    // And whatever followed it goes nowhere either.
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(requests.filter(({ complete }) => complete)).toEqual([]);
  });

  it.each([
    ['without Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['with user information in Host', 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n'],
    ['with a path in Host', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['with a fragment', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['with the asterisk form, but not OPTIONS', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['of HTTP/1.0 with chunks', 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('is refused: %s', async (_name, bytes) => {
    const { port, requests } = await start();
    expect(await say(port, bytes)).toMatch(/^HTTP\/1\.1 400 /);
    expect(requests).toEqual([]);
  });

  it('is refused even by a server that was told to be lenient', async () => {
    const requests: IncomingMessage[] = [];
    const { proxy } = makeProxy(
      await startOrigin((request, response) => {
        requests.push(request);
        response.end();
      }),
    );
    const port = await listen(proxy.serve(createHttpServer({ insecureHTTPParser: true })));
    const bytes =
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await say(port, bytes)).toMatch(/^HTTP\/1\.1 400 /);
    expect(requests).toEqual([]);
  });

  it('is refused in HTTP/2: :authority and Host that differ', async () => {
    const { http2, requests } = await start();
    const session = await visitHttp2(await http2());
    const stream = session.request({ ':path': '/', ':authority': 'a.example', host: 'b.example' });
    const status = await new Promise((resolve) =>
      stream.on('response', (headers) => resolve(headers[':status'])),
    );
    expect(status).toBe(400);
    expect(requests).toEqual([]);
  });
});

describe('a request that names header fields in Connection', () => {
  it('cannot take the framing from its body', async () => {
    const { port, requests, bodies } = await start();
    const answer = await say(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: close, content-length, host\r\nContent-Length: 5\r\n\r\nhello',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers.host).toBe('a');
    expect(bodies).toEqual(['hello']);
  });
});

async function start() {
  const requests: IncomingMessage[] = [];
  const bodies: string[] = [];
  const { http1, http2 } = makeProxy(
    await startOrigin((request, response) => {
      requests.push(request);
      let body = '';
      request.setEncoding('latin1').on('data', (text: string) => (body += text));
      request.on('end', () => {
        bodies.push(body);
        response.end('ok');
      });
    }),
  );
  return { port: await http1(), http2, requests, bodies };
}

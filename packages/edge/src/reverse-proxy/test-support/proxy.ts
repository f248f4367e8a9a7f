import { once } from 'node:events';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import type { Agent, IncomingMessage, RequestListener } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectNet, type AddressInfo, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { OriginError } from '../../errors.js';
import type { ExchangeRecord } from '../exchange-record.js';
import type { OriginOptions, ReverseProxyOptions } from '../options.js';
import { createReverseProxy, type ReverseProxy } from '../reverse-proxy.js';

/** A reverse proxy of one test, and what it told. */
export interface TestProxy {
  readonly proxy: ReverseProxy;
  readonly failures: OriginError[];
  readonly records: ExchangeRecord[];
  /** A server of HTTP/1.1 for it, in plain text. */
  readonly http1: () => Promise<number>;
  /** A server of HTTP/2 for it, in plain text. */
  readonly http2: () => Promise<number>;
}

/** Listens on a port of its own until the test is over. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // Visitors and origins that break off are what these tests are about.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** @returns the URL of an origin that speaks HTTP/1.1 */
export async function startOrigin(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createHttpServer(listener))}`;
}

export function makeProxy(
  origin: string | OriginOptions,
  options: Partial<ReverseProxyOptions> = {},
): TestProxy {
  const failures: OriginError[] = [];
  const records: ExchangeRecord[] = [];
  const proxy = createReverseProxy({
    origin,
    onFailure: (error) => failures.push(error),
    onExchange: (record) => records.push(record),
    ...options,
  });
  onTestFinished(() => proxy.close());
  return {
    proxy,
    failures,
    records,
    http1: () => listen(proxy.serve(createHttpServer())),
    http2: () => listen(proxy.serve(createHttp2Server({ settings: { enableConnectProtocol: true } }))),
  };
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly trailers: NodeJS.Dict<string>;
}

export interface Question {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  readonly agent?: Agent;
}

/** A visitor's request over HTTP/1.1. */
export async function ask(port: number, { body, ...question }: Question = {}): Promise<Answer> {
  const request = httpRequest({ host: '127.0.0.1', port, ...question });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode,
    headers: response.headers,
    body: await buffer(response),
    trailers: response.trailers,
  };
}

/** All that comes back for the bytes that a visitor sends, until the connection is closed. */
export async function say(port: number, bytes: string): Promise<string> {
  const visitor = connectNet(port, '127.0.0.1');
  visitor.write(bytes, 'latin1');
  return (await buffer(visitor)).toString('latin1');
}

/** A visitor's connection of HTTP/2. */
export async function visitHttp2(port: number): Promise<ClientHttp2Session> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.destroy());
  await once(session, 'remoteSettings');
  return session;
}

/** Answers with the request's body; method and target are in the header. */
export const echo: RequestListener = (request, response) => {
  response.setHeader('x-method', request.method ?? '');
  response.setHeader('x-url', request.url ?? '');
  request.pipe(response);
};

/** Resolves once the condition holds; it is looked at every millisecond. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

import { Agent, request as requestOrigin } from 'node:http';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { EdgeOptionsError, OriginFailedError, OriginTimeoutError, type OriginError } from './errors.js';
import { originRequestHeaders, visitorResponseHeaders } from './forwarded-headers.js';
import { parseInteger } from './parse-integer.js';

/** A visitor's request, of HTTP/1.1 or HTTP/2. */
export type VisitorRequest = IncomingMessage | Http2ServerRequest;
/** The answer to a visitor, of HTTP/1.1 or HTTP/2. */
export type VisitorResponse = ServerResponse | Http2ServerResponse;

/** Where a reverse proxy sends requests, and its bounds. */
export interface ReverseProxyOptions {
  /** `http://host[:port]`, without a path. */
  readonly origin: URL | string;
  /**
   * How long the origin may be silent, before its answer or within, in milliseconds: 1 to 3600000; longer than its
   * slowest answer takes. Default 60000.
   */
  readonly timeout?: number;
  /** Connections to the origin: 1 to 65535. Requests beyond that wait for one. Default 256. */
  readonly maximumConnections?: number;
  /** Is told why a request failed, for the log: the visitor is not. */
  readonly onFailure?: (error: OriginError, request: VisitorRequest) => void;
}

/** A listener for the 'request' event of an edge's server. */
export interface ReverseProxy {
  (request: VisitorRequest, response: VisitorResponse): void;
  /** Closes the connections to the origin. */
  close(): void;
}

/**
 * Passes requests on to one origin over HTTP/1.1 with keep-alive, bodies streamed both ways.
 *
 * The origin sees the visitor's own Host, and X-Forwarded-For, -Host and -Proto as the edge saw them. When it cannot be
 * reached or breaks off before its answer, the visitor gets a bare 502, when it stays silent a bare 504; when it breaks
 * off within its answer, so does the visitor's. A request without a body is sent once more where the origin has just
 * closed the idle connection that it went out on.
 *
 * Not passed on: upgrades (WebSocket), CONNECT, trailers, informational answers.
 *
 * @throws EdgeOptionsError
 */
export function createReverseProxy(options: ReverseProxyOptions): ReverseProxy {
  const settings = parseOptions(options);
  const agent = new Agent({ keepAlive: true, maxSockets: settings.maximumConnections });
  const proxy = (request: VisitorRequest, response: VisitorResponse): void => {
    new Exchange(settings, agent, request, response).start();
  };
  return Object.assign(proxy, { close: () => agent.destroy() });
}

interface ReverseProxySettings {
  readonly hostname: string;
  readonly port: string;
  readonly timeout: number;
  readonly maximumConnections: number;
  readonly onFailure: (error: OriginError, request: VisitorRequest) => void;
}

/** One request of a visitor on its way to the origin and back. */
class Exchange {
  readonly #settings: ReverseProxySettings;
  readonly #agent: Agent;
  readonly #request: VisitorRequest;
  readonly #response: VisitorResponse;
  readonly #hasBody: boolean;
  #outgoing: ClientRequest | undefined;
  #isAnswered = false;
  #isOver = false;

  constructor(
    settings: ReverseProxySettings,
    agent: Agent,
    request: VisitorRequest,
    response: VisitorResponse,
  ) {
    this.#settings = settings;
    this.#agent = agent;
    this.#request = request;
    this.#response = response;
    this.#hasBody = hasBody(request);
  }

  start(): void {
    this.#response.on('close', () => {
      this.#isOver = true;
      this.#outgoing?.destroy();
    });
    const target = requestTarget(this.#request.url ?? '');
    if (target === undefined) this.#answerBare(400);
    else this.#send(target, true);
  }

  #send(path: string, maySendAgain: boolean): void {
    const outgoing = this.#open(path);
    if (outgoing === undefined) {
      this.#answerBare(400);
      return;
    }
    this.#outgoing = outgoing;
    outgoing.on('response', (incoming) => this.#answer(incoming));
    outgoing.on('upgrade', (_incoming, socket) => {
      // No upgrade was asked for. Without a listener Node would close the connection and tell nobody.
      socket.destroy();
      this.#fail(new OriginFailedError(new Error('it switched to another protocol')));
    });
    outgoing.on('timeout', () => this.#fail(new OriginTimeoutError(this.#settings.timeout)));
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      // An origin that answers early may stop reading the request; its answer counts.
      if (this.#isAnswered) return;
      const wasStale = outgoing.reusedSocket && cause.code === 'ECONNRESET';
      if (wasStale && maySendAgain && !this.#hasBody && !this.#isOver) this.#send(path, false);
      else this.#fail(new OriginFailedError(cause));
    });
    if (this.#hasBody) this.#request.pipe(outgoing);
    else outgoing.end();
  }

  /** @returns undefined for a request that Node's client will not send, such as one that only a lenient parser accepts */
  #open(path: string): ClientRequest | undefined {
    const { hostname, port, timeout } = this.#settings;
    const { method } = this.#request;
    try {
      return requestOrigin({
        agent: this.#agent,
        hostname,
        port,
        path,
        timeout,
        method,
        headers: this.#headers(),
      });
    } catch {
      return undefined;
    }
  }

  #headers(): ReturnType<typeof originRequestHeaders> {
    const request = this.#request;
    const headers = originRequestHeaders({
      headers: request.headers,
      authority: 'stream' in request ? request.authority : request.headers.host,
      httpVersion: request.httpVersion,
      remoteAddress: request.socket.remoteAddress,
      encrypted: 'encrypted' in request.socket && request.socket.encrypted,
    });
    // Without it Node would send the body of a GET or DELETE unframed.
    if (this.#hasBody && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked';
    return headers;
  }

  #answer(incoming: IncomingMessage): void {
    try {
      this.#response.writeHead(incoming.statusCode ?? 0, visitorResponseHeaders(incoming.headers));
    } catch (cause) {
      // A status or a field that the visitor's protocol has no place for.
      this.#fail(new OriginFailedError(cause));
      return;
    }
    this.#isAnswered = true;
    incoming.on('error', (cause) => this.#fail(new OriginFailedError(cause)));
    incoming.pipe(this.#response as NodeJS.WritableStream);
  }

  #fail(error: OriginError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outgoing?.destroy();
    this.#settings.onFailure(error, this.#request);
    if (this.#response.headersSent) this.#cutResponse();
    else this.#answerBare(error instanceof OriginTimeoutError ? 504 : 502);
  }

  #answerBare(status: number): void {
    // What is left of the request's body is nobody's any more.
    this.#request.unpipe();
    this.#request.resume();
    if (!('stream' in this.#response)) this.#response.setHeader('connection', 'close');
    this.#response.writeHead(status, { 'content-length': '0' });
    this.#response.end();
  }

  #cutResponse(): void {
    if ('stream' in this.#response) this.#response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else this.#response.destroy();
  }
}

/** RFC 9112, section 6.3; RFC 9113, section 8.1. */
function hasBody(request: VisitorRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** The origin form or `*` (RFC 9112, section 3.2) of what the visitor asked for. */
function requestTarget(url: string): string | undefined {
  if (url.startsWith('/') || url === '*') return url;
  if (!URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return pathname.startsWith('/') ? `${pathname}${search}` : undefined;
}

function parseOptions(options: ReverseProxyOptions): ReverseProxySettings {
  const text = String(options.origin);
  const origin = URL.canParse(text) ? new URL(text) : undefined;
  if (
    origin?.protocol !== 'http:' ||
    origin.pathname !== '/' ||
    origin.search !== '' ||
    origin.username !== ''
  )
    throw new EdgeOptionsError('origin', `write it like http://127.0.0.1:8080, not ${JSON.stringify(text)}`);
  return {
    // An IPv6 address stands in brackets in a URL, and without them everywhere else.
    hostname: origin.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: origin.port === '' ? '80' : origin.port,
    timeout: parseInteger('timeout', options.timeout ?? 60_000, 3_600_000),
    maximumConnections: parseInteger('maximumConnections', options.maximumConnections ?? 256, 65_535),
    onFailure: options.onFailure ?? (() => {}),
  };
}

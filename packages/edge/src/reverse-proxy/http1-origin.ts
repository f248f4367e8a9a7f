import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { PassThrough, type Duplex } from 'node:stream';
import {
  type Origin,
  type OriginCall,
  type OriginListener,
  type OriginRequest,
  type OriginResponse,
  type Repetition,
  UnwritableRequestError,
} from './origin.js';
import type { OriginAddress } from './options.js';
import { acceptWebSocketKey, makeWebSocketKey } from './web-socket.js';

/** An origin that speaks HTTP/1.1, over TLS where its URL says so, on connections that are kept. */
export class Http1Origin implements Origin {
  readonly name: string;
  readonly #address: OriginAddress;
  readonly #agent: HttpAgent;

  constructor(address: OriginAddress) {
    this.name = address.name;
    this.#address = address;
    const options = { keepAlive: true, maxSockets: address.maximumConnections };
    // The name to verify is given with the agent: otherwise Node takes the Host field, which is the visitor's.
    this.#agent =
      address.tls === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ...address.tls });
  }

  send(request: OriginRequest, listener: OriginListener): OriginCall {
    const { hostname, port, tls } = this.#address;
    const { method, path } = request;
    const headers = http1Headers(request);
    try {
      const send = tls === undefined ? httpRequest : httpsRequest;
      const outgoing = send({ agent: this.#agent, hostname, port, method, path, headers });
      return new Http1Call(outgoing, request, headers, listener, this.#address.connectTimeout);
    } catch (cause) {
      process.nextTick(() =>
        listener.onFailure(new UnwritableRequestError('it cannot be written', { cause }), 'never'),
      );
      return NO_CALL;
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

class Http1Call implements OriginCall {
  readonly body: ClientRequest;
  readonly #listener: OriginListener;
  readonly #webSocketKey: unknown;
  #isConnected = false;
  #isAnswered = false;
  #isOver = false;

  constructor(
    outgoing: ClientRequest,
    request: OriginRequest,
    headers: OutgoingHttpHeaders,
    listener: OriginListener,
    connectTimeout: number,
  ) {
    this.body = outgoing;
    this.#listener = listener;
    this.#webSocketKey = headers['sec-websocket-key'];
    outgoing.on('socket', (socket) => this.#onSocket(socket, connectTimeout));
    outgoing.on('information', (answer) => {
      if (answer.statusCode !== 100) listener.onInformation(answer.statusCode, answer.headers);
    });
    outgoing.on('response', (incoming) => this.#onResponse(incoming));
    // Without a listener Node would close the connection and tell nobody.
    outgoing.on('upgrade', (incoming, socket, head) => this.#onUpgrade(request, incoming, socket, head));
    outgoing.on('error', (cause) => this.#fail(cause));
    if (!request.hasBody) outgoing.end();
  }

  addTrailers(trailers: Readonly<Record<string, string>>): void {
    this.body.addTrailers(trailers);
  }

  destroy(): void {
    this.#isOver = true;
    this.body.destroy();
  }

  #onSocket(socket: Socket, connectTimeout: number): void {
    if (!socket.connecting) {
      this.#onConnected();
      return;
    }
    const timer = setTimeout(
      () => this.body.destroy(new ConnectTimeoutError(connectTimeout)),
      connectTimeout,
    );
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      this.#onConnected();
    });
    socket.once('close', () => clearTimeout(timer));
  }

  #onConnected(): void {
    this.#isConnected = true;
    if (!this.#isOver) this.#listener.onReady();
  }

  #onResponse(incoming: IncomingMessage): void {
    if (this.#isOver) {
      incoming.destroy();
      return;
    }
    const problem = problemOf(incoming);
    if (problem !== undefined) {
      this.body.destroy();
      this.#fail(problem);
      return;
    }
    this.#isAnswered = true;
    incoming.on('error', (cause) => this.#finish(cause, 'never'));
    this.#listener.onResponse(responseOf(incoming));
  }

  #onUpgrade(request: OriginRequest, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const problem = this.#isOver ? undefined : this.#problemOfSwitch(request, incoming);
    if (this.#isOver || problem !== undefined) {
      socket.destroy();
      if (problem !== undefined) this.#finish(problem, 'never');
      return;
    }
    this.#isOver = true;
    this.#listener.onSwitch(incoming.headers, socket, head);
  }

  #problemOfSwitch({ protocol }: OriginRequest, { headers }: IncomingMessage): Error | undefined {
    if (protocol === undefined || headers.upgrade?.toLowerCase() !== protocol.toLowerCase())
      return new Error('it switched to another protocol');
    if (protocol !== 'websocket' || typeof this.#webSocketKey !== 'string') return undefined;
    return headers['sec-websocket-accept'] === acceptWebSocketKey(this.#webSocketKey)
      ? undefined
      : new Error('it answered the WebSocket handshake with a wrong Sec-WebSocket-Accept');
  }

  #fail(cause: NodeJS.ErrnoException): void {
    // An origin that answers early may stop reading the request; its answer counts.
    if (!this.#isAnswered) this.#finish(cause, this.#repetitionAfter(cause));
  }

  #repetitionAfter({ code = '' }: NodeJS.ErrnoException): Repetition {
    if (!this.#isConnected) return 'elsewhere';
    return this.body.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE') ? 'if-idempotent' : 'never';
  }

  #finish(cause: Error, repetition: Repetition): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onFailure(cause, repetition);
  }
}

/** Of a request that was never sent. */
const NO_CALL: OriginCall = { body: new PassThrough(), addTrailers: () => {}, destroy: () => {} };

/** The origin did not take the connection in time. */
class ConnectTimeoutError extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(milliseconds: number) {
    super(`no connection within ${milliseconds} ms`);
  }
}

function http1Headers({ headers, hasBody, protocol }: OriginRequest): OutgoingHttpHeaders {
  const all = { ...headers };
  // Without it Node would send the body of a GET or DELETE unframed.
  if (hasBody && all['content-length'] === undefined) all['transfer-encoding'] = 'chunked';
  if (protocol !== undefined) {
    all['connection'] = 'Upgrade';
    all['upgrade'] = protocol;
    // A visitor who came over HTTP/2 has none.
    if (protocol === 'websocket') all['sec-websocket-key'] ??= makeWebSocketKey();
  } else if (all['te'] !== undefined) {
    all['connection'] = 'TE';
  }
  return all;
}

/** Node takes off the chunked coding; another, once its name was dropped, would look like the body itself. */
function problemOf({ headers }: IncomingMessage): Error | undefined {
  const coding = headers['transfer-encoding'];
  return coding === undefined || coding.toLowerCase() === 'chunked'
    ? undefined
    : new Error('its answer has an unknown transfer coding');
}

function responseOf(incoming: IncomingMessage): OriginResponse {
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body: incoming,
    trailers: () => incoming.trailers,
  };
}

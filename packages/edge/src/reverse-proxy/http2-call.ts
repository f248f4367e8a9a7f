import type { OutgoingHttpHeaders } from 'node:http';
import { constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { PassThrough, type Writable } from 'node:stream';
import {
  type OriginCall,
  type OriginListener,
  type OriginRequest,
  type Repetition,
  UnwritableRequestError,
} from './origin.js';

/** A request to an origin that speaks HTTP/2, from before there is a connection to its end. */
export class Http2Call implements OriginCall {
  readonly #request: OriginRequest;
  readonly #listener: OriginListener;
  #onEnd = (): void => {};
  #session: ClientHttp2Session | undefined;
  #stream: ClientHttp2Stream | undefined;
  /** Whether the connection was there before the request. */
  #isConnectionOld = false;
  #requestTrailers: Readonly<Record<string, string>> = {};
  #trailers: NodeJS.Dict<string> = {};
  #isAnswered = false;
  /** Whether the listener has nothing more to hear. */
  #isOver = false;
  #hasEnded = false;

  constructor(request: OriginRequest, listener: OriginListener) {
    this.#request = request;
    this.#listener = listener;
  }

  get body(): Writable {
    return this.#stream ?? new PassThrough();
  }

  addTrailers(trailers: Readonly<Record<string, string>>): void {
    this.#requestTrailers = trailers;
  }

  /** Says whom to tell, once, that the connection is free of this request. */
  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  /** Sends the request. */
  start(session: ClientHttp2Session, isConnectionOld: boolean): void {
    const { hasBody, protocol } = this.#request;
    this.#session = session;
    this.#isConnectionOld = isConnectionOld;
    if (protocol !== undefined && session.remoteSettings.enableConnectProtocol !== true) {
      this.#failLater(new Error('it takes no extended CONNECT (RFC 8441)'));
      return;
    }
    try {
      const endStream = !hasBody && protocol === undefined;
      this.#stream = session.request(http2Headers(this.#request), { endStream, waitForTrailers: hasBody });
    } catch (cause) {
      this.#failLater(new UnwritableRequestError('it cannot be written', { cause }));
      return;
    }
    this.#listen(this.#stream);
  }

  /** The connection did not come about. */
  fail(cause: Error): void {
    this.#finish(cause, 'elsewhere');
    this.#end();
  }

  destroy(): void {
    const wasUnanswered = !this.#isOver && !this.#isAnswered;
    this.#isOver = true;
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    // Given up without an answer: the connection may be dead, which TCP would take long to find out.
    if (wasUnanswered) this.#session?.close();
    if (this.#stream === undefined) this.#end();
  }

  #listen(stream: ClientHttp2Stream): void {
    const listener = this.#listener;
    const onReady = (): void => {
      if (!this.#isOver) listener.onReady();
    };
    // On a connection that is there it is ready already; but the caller does not have the call yet.
    if (stream.pending) stream.once('ready', onReady);
    else process.nextTick(onReady);
    stream.on('headers', (headers) => {
      const status = Number(headers[':status']);
      if (!this.#isOver && status !== 100) listener.onInformation(status, headers);
    });
    stream.on('response', (headers) => this.#onResponse(stream, headers));
    stream.on('trailers', (trailers) => (this.#trailers = trailers as NodeJS.Dict<string>));
    stream.on('wantTrailers', () => stream.sendTrailers(this.#requestTrailers));
    stream.on('error', (cause) => this.#finish(cause, this.#repetitionAfter(stream)));
    stream.on('close', () => {
      // A reset without an error, or a connection that ended: 'close' is all that there is.
      if (!this.#isAnswered || !stream.readableEnded)
        this.#finish(new Error('it ended the stream'), this.#repetitionAfter(stream));
      this.#end();
    });
  }

  #onResponse(stream: ClientHttp2Stream, headers: IncomingHttpHeaders): void {
    if (this.#isOver) return;
    this.#isAnswered = true;
    const status = Number(headers[':status']);
    const isSwitch = this.#request.protocol !== undefined;
    if (isSwitch && status === 200) {
      this.#isOver = true;
      this.#listener.onSwitch(headers, stream, Buffer.alloc(0));
      return;
    }
    if (isSwitch) stream.end();
    this.#listener.onResponse({ status, headers, body: stream, trailers: () => this.#trailers });
  }

  #repetitionAfter(stream: ClientHttp2Stream): Repetition {
    // RFC 9113, section 8.7.
    if (stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) return 'anywhere';
    return this.#isConnectionOld && !this.#isAnswered ? 'if-idempotent' : 'never';
  }

  /** Not at once: the caller does not have the call yet. */
  #failLater(cause: Error): void {
    process.nextTick(() => {
      this.#finish(cause, 'never');
      this.#end();
    });
  }

  #finish(cause: Error, repetition: Repetition): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onFailure(cause, repetition);
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd();
  }
}

function http2Headers({ method, path, authority, headers, protocol }: OriginRequest): OutgoingHttpHeaders {
  const all: OutgoingHttpHeaders = {
    ':method': protocol === undefined ? method : 'CONNECT',
    ':path': path,
    ...(authority !== undefined && { ':authority': authority }),
    ...(protocol !== undefined && { ':protocol': protocol }),
    ...headers,
  };
  delete all['host'];
  // HTTP/2 needs no proof that the origin speaks WebSocket (RFC 8441, section 5).
  delete all['sec-websocket-key'];
  return all;
}

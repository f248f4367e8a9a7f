import { connect, type ClientHttp2Session } from 'node:http2';
import { Http2Call } from './http2-call.js';
import type { OriginAddress } from './options.js';
import type { Origin, OriginCall, OriginListener, OriginRequest } from './origin.js';

/**
 * An origin that speaks HTTP/2: over TLS, or in plain text with prior knowledge (RFC 9113, section 3.3). Another
 * connection is made when all that there are have as many streams as the origin allows.
 */
export class Http2Origin implements Origin {
  readonly name: string;
  readonly #address: OriginAddress;
  readonly #connections = new Set<Connection>();

  constructor(address: OriginAddress) {
    this.name = address.name;
    this.#address = address;
  }

  send(request: OriginRequest, listener: OriginListener): OriginCall {
    const call = new Http2Call(request, listener);
    this.#connection().carry(call);
    return call;
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  #connection(): Connection {
    let leastBusy: Connection | undefined;
    for (const connection of this.#connections) {
      if (connection.isUsable && (leastBusy === undefined || connection.calls < leastBusy.calls))
        leastBusy = connection;
    }
    const mayConnect = this.#connections.size < this.#address.maximumConnections;
    if (leastBusy !== undefined && (leastBusy.hasRoom || !mayConnect)) return leastBusy;
    const connection = new Connection(this.#address, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    return connection;
  }
}

class Connection {
  /** Requests that are under way, or wait for the connection. */
  calls = 0;
  readonly #session: ClientHttp2Session;
  readonly #waiting = new Set<Http2Call>();
  #isSettled = false;
  #failure: Error | undefined;

  constructor(address: OriginAddress, onClose: () => void) {
    const { tls, connectTimeout } = address;
    this.#session = connect(`${tls === undefined ? 'http' : 'https'}://${hostOf(address)}`, {
      ...tls,
      // What an origin pushes nobody has asked for.
      settings: { enablePush: false },
    });
    const timer = setTimeout(
      () => this.#session.destroy(new Error(`no connection within ${connectTimeout} ms`)),
      connectTimeout,
    );
    // Nothing is sent before: the origin's first SETTINGS say how many streams it takes, and whether WebSockets.
    this.#session.once('remoteSettings', () => {
      clearTimeout(timer);
      this.#onSettled();
    });
    this.#session.on('error', (cause) => (this.#failure = cause));
    this.#session.setTimeout(IDLE_TIMEOUT, () => {
      if (this.calls === 0) this.#session.close();
    });
    this.#session.once('close', () => {
      clearTimeout(timer);
      onClose();
      for (const call of this.#waiting) call.fail(this.#failure ?? new Error('it closed the connection'));
    });
  }

  get isUsable(): boolean {
    return !this.#session.closed && !this.#session.destroyed;
  }

  get hasRoom(): boolean {
    const limit = this.#isSettled ? this.#session.remoteSettings.maxConcurrentStreams : undefined;
    return this.calls < (limit ?? DEFAULT_STREAMS);
  }

  carry(call: Http2Call): void {
    this.calls += 1;
    call.onEnd(() => {
      this.calls -= 1;
      this.#waiting.delete(call);
    });
    if (this.#isSettled) call.start(this.#session, true);
    else this.#waiting.add(call);
  }

  destroy(): void {
    this.#session.destroy();
  }

  #onSettled(): void {
    this.#isSettled = true;
    for (const call of this.#waiting) call.start(this.#session, false);
    this.#waiting.clear();
  }
}

/** How long a connection without requests is kept, in milliseconds. */
const IDLE_TIMEOUT = 60_000;
/** Requests that wait for one connection while nobody knows how many the origin takes. */
const DEFAULT_STREAMS = 100;

function hostOf({ hostname, port }: OriginAddress): string {
  return `${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
}

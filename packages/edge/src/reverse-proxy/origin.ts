import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Duplex, Readable, Writable } from 'node:stream';

/** A request on its way to an origin, whatever HTTP is spoken there. */
export interface OriginRequest {
  readonly method: string;
  /** Path and query, or `*`. */
  readonly path: string;
  readonly authority: string | undefined;
  /** By their names in lower case; none of the connection's. */
  readonly headers: OutgoingHttpHeaders;
  readonly hasBody: boolean;
  /** The protocol to switch to, e.g. `websocket` (RFC 9110, section 7.8; RFC 8441); undefined for an ordinary request. */
  readonly protocol: string | undefined;
}

/** The final answer of an origin. */
export interface OriginResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Complete once the body has ended. */
  readonly trailers: () => NodeJS.Dict<string>;
}

/**
 * Whether a request that failed may be sent again (RFC 9110, section 9.2.2): `elsewhere` where no connection could be
 * made, `anywhere` where the origin says that it did nothing, `if-idempotent` where the connection was an old one that may have been
 * closed just before.
 */
export type Repetition = 'elsewhere' | 'anywhere' | 'if-idempotent' | 'never';

/** Node's client will not write the request, such as one that only a lenient parser accepts. */
export class UnwritableRequestError extends Error {
  override readonly name = 'UnwritableRequestError';
}

/**
 * Whom an origin tells what becomes of a request, never before `send` has returned. After `onFailure` and `onSwitch`
 * nothing else comes.
 */
export interface OriginListener {
  /** The connection is there: the body may be written. */
  onReady(): void;
  /** An informational answer other than 100 and 101 (RFC 9110, section 15.2). */
  onInformation(status: number, headers: IncomingHttpHeaders): void;
  onResponse(response: OriginResponse): void;
  /**
   * The origin speaks the protocol that was asked for from now on.
   *
   * @param head the first bytes that it said
   */
  onSwitch(headers: IncomingHttpHeaders, connection: Duplex, head: Buffer): void;
  /** @param cause {@link UnwritableRequestError} for one that is the request's own fault */
  onFailure(cause: Error, repetition: Repetition): void;
}

/** A request that was given to an origin. */
export interface OriginCall {
  /** From `onReady` on. */
  readonly body: Writable;
  /** To be called before the body is ended. */
  addTrailers(trailers: Readonly<Record<string, string>>): void;
  /** Gives the request up; the listener is not told. Idempotent. */
  destroy(): void;
}

/** A server behind the edge. */
export interface Origin {
  /** For logs and metrics, e.g. `https://10.0.0.1:8443`. */
  readonly name: string;
  send(request: OriginRequest, listener: OriginListener): OriginCall;
  /** Closes the connections. */
  close(): void;
}

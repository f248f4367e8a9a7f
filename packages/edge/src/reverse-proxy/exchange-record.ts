import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** A visitor's request, of HTTP/1.1 or HTTP/2. */
export type VisitorRequest = IncomingMessage | Http2ServerRequest;
/** The answer to a visitor, of HTTP/1.1 or HTTP/2. */
export type VisitorResponse = ServerResponse | Http2ServerResponse;

/**
 * What became of a request: `answered` by the origin in full; `switched` to another protocol, such as WebSocket, which
 * is over now; `refused` by the edge; or cut short by the origin that failed or fell silent, or the visitor who left
 * or fell silent.
 */
export type ExchangeOutcome =
  | 'answered'
  | 'switched'
  | 'refused'
  | 'origin_failed'
  | 'origin_timeout'
  | 'visitor_left'
  | 'visitor_timeout';

/** A request that is over, as an access log wants it. */
export interface ExchangeRecord {
  readonly outcome: ExchangeOutcome;
  readonly method: string;
  /** The host that was asked for, with its port if it had one. */
  readonly authority: string | undefined;
  readonly path: string;
  /** What follows the `?`, which may hold secrets; undefined without one. */
  readonly query: string | undefined;
  /** E.g. `1.1` or `2.0`. */
  readonly httpVersion: string;
  readonly remoteAddress: string | undefined;
  /** The URL of the origin that was asked last, empty if none was. */
  readonly origin: string;
  /** How often the request was sent to an origin. */
  readonly attempts: number;
  /** The status that the visitor got; undefined if none. */
  readonly status: number | undefined;
  /** Bytes of the request's body, or from the visitor after a switch. */
  readonly bytesReceived: number;
  /** Bytes of the answer's body, or to the visitor after a switch. */
  readonly bytesSent: number;
  /** When the request came, in milliseconds since 1970. */
  readonly startedAt: number;
  /** From the request's header to the end, in milliseconds. */
  readonly duration: number;
  /** From the request's header to that of the origin's final answer, in milliseconds; undefined where none came. */
  readonly answeredAfter: number | undefined;
}

import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { VisitorRequest } from './exchange-record.js';

/** A visitor's request that can be passed on without anybody being able to take it for another. */
export interface ParsedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Without the `?`; undefined if there is none. */
  readonly query: string | undefined;
  /** The host that was asked for, with its port if it had one; undefined where HTTP/1.0 named none. */
  readonly authority: string | undefined;
  /** {@link authority} without the port. */
  readonly host: string | undefined;
  /** The host that the visitor's TLS was set up for. */
  readonly serverName: string | undefined;
  /** The declared length of the body, 0 for none, undefined if only its end will tell. */
  readonly bodyLength: number | undefined;
}

/** The status that a request is refused with. */
export type Refusal = 400 | 413 | 421 | 501;

/** Parses what Node's HTTP parsers leave open. */
export function parseVisitorRequest(request: VisitorRequest): ParsedRequest | Refusal {
  const target = parseTarget(request.method ?? '', request.url ?? '');
  if (target === undefined) return 400;
  const authority = 'stream' in request ? http2Authority(request) : http1Authority(request, target.authority);
  if (typeof authority === 'object') return authority.refusal;
  const bodyLength = 'stream' in request ? http2BodyLength(request) : http1BodyLength(request);
  if (typeof bodyLength === 'object') return bodyLength.refusal;
  const { socket } = request;
  const serverName = 'servername' in socket ? socket.servername : undefined;
  return {
    method: request.method ?? '',
    path: target.path,
    query: target.query,
    authority,
    host: authority?.replace(/:\d*$/, '').replace(/\.$/, ''),
    serverName: typeof serverName === 'string' ? serverName : undefined,
    bodyLength,
  };
}

interface Refused {
  readonly refusal: Refusal;
}

interface Target {
  readonly path: string;
  readonly query: string | undefined;
  /** Of the absolute form only. */
  readonly authority: string | undefined;
}

/** RFC 9112, section 3.2: the origin form, the absolute form, or `*`. */
function parseTarget(method: string, url: string): Target | undefined {
  if (url === '*')
    return method === 'OPTIONS' ? { path: '*', query: undefined, authority: undefined } : undefined;
  // A fragment stays with the visitor; where one comes nevertheless, servers disagree about what it is.
  if (url.includes('#')) return undefined;
  if (url.startsWith('/')) return { ...splitQuery(url), authority: undefined };
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  const { host, pathname, search } = new URL(url);
  return { ...splitQuery(`${pathname}${search}`), authority: host };
}

function splitQuery(text: string): { readonly path: string; readonly query: string | undefined } {
  const start = text.indexOf('?');
  return start === -1
    ? { path: text, query: undefined }
    : { path: text.slice(0, start), query: text.slice(start + 1) };
}

/** RFC 9112, section 3.2.2: the absolute form goes before Host, which must come once and, since HTTP/1.1, must come. */
function http1Authority(
  request: IncomingMessage,
  ofTarget: string | undefined,
): string | Refused | undefined {
  let hosts = 0;
  for (let index = 0; index < request.rawHeaders.length; index += 2)
    if (request.rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  if (hosts > 1 || (hosts === 0 && request.httpVersion !== '1.0')) return { refusal: 400 };
  const authority = ofTarget ?? request.headers.host;
  return authority === undefined || AUTHORITY.test(authority) ? authority : { refusal: 400 };
}

/** RFC 9113, section 8.3.1: a Host field that contradicts `:authority` makes the request malformed. */
function http2Authority({ authority, headers }: Http2ServerRequest): string | Refused | undefined {
  const { host } = headers;
  const chosen: string | undefined = authority || host;
  if (chosen === undefined || !AUTHORITY.test(chosen)) return { refusal: 400 };
  return host === undefined || host.toLowerCase() === chosen.toLowerCase() ? chosen : { refusal: 400 };
}

/** A host and perhaps a port (RFC 3986, section 3.2), without user information. */
const AUTHORITY = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d{0,5})?$/i;

/** RFC 9112, section 6. */
function http1BodyLength(request: IncomingMessage): number | Refused | undefined {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding === undefined) return length === undefined ? 0 : Number(length);
  // With both, or from a visitor older than the chunked coding, the body may end where somebody else reads on.
  if (length !== undefined || request.httpVersion === '1.0') return { refusal: 400 };
  return coding.toLowerCase() === 'chunked' ? undefined : { refusal: 501 };
}

/** RFC 9113, section 8.1. */
function http2BodyLength({ stream, headers }: Http2ServerRequest): number | undefined {
  if (stream.endAfterHeaders) return 0;
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** The facts about a visitor's request that an origin is told. */
export interface ForwardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The visitor's Host field, or `:authority` in HTTP/2. */
  readonly authority: string | undefined;
  /** E.g. `1.1` or `2.0`. */
  readonly httpVersion: string;
  /** The visitor's address. */
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
}

/**
 * The header fields that go to the origin: the visitor's without those that concern the visitor's connection only
 * (RFC 9110, section 7.6.1), and with ours. What the visitor claims in X-Forwarded-* or Forwarded is dropped: the edge is
 * the first that knows.
 */
export function originRequestHeaders(request: ForwardedRequest): OutgoingHttpHeaders {
  const headers = withoutConnectionHeaders(request.headers);
  for (const name of CLAIMS) delete headers[name];
  const host = request.authority;
  if (host !== undefined) {
    headers['host'] = host;
    headers['x-forwarded-host'] = host;
  }
  if (request.remoteAddress !== undefined) headers['x-forwarded-for'] = request.remoteAddress;
  headers['x-forwarded-proto'] = request.encrypted ? 'https' : 'http';
  // RFC 9110, section 7.6.3: a gateway must say that it was there.
  headers['via'] = [request.headers.via, `${request.httpVersion} latchkey`]
    .filter((entry) => entry !== undefined)
    .join(', ');
  return headers;
}

/** The header fields of the origin's answer that go to the visitor. */
export function visitorResponseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return withoutConnectionHeaders(headers);
}

/** Header fields that belong to one connection even if its Connection field does not name them. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'proxy-authorization',
  'proxy-authenticate',
  // Node's http server has answered it already.
  'expect',
]);

const CLAIMS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
];

function withoutConnectionHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !name.startsWith(':') && !CONNECTION_HEADERS.has(name) && !named.has(name),
    ),
  );
}

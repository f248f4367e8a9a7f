import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { isIPv6 } from 'node:net';

/** The facts about a visitor's request that an origin is told. */
export interface ForwardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The host that the visitor asked for, with the port if there was one. */
  readonly authority: string | undefined;
  /** E.g. `1.1` or `2.0`. */
  readonly httpVersion: string;
  /** The visitor's address. */
  readonly remoteAddress: string | undefined;
  readonly encrypted: boolean;
}

/**
 * The header fields that go to the origin: the visitor's without those that concern the visitor's connection only
 * (RFC 9110, section 7.6.1), and with ours. What the visitor claims in X-Forwarded-* or Forwarded (RFC 7239) is dropped:
 * the edge is the first that knows.
 */
export function originRequestHeaders(request: ForwardedRequest): OutgoingHttpHeaders {
  const headers = endToEndHeaders(request.headers);
  for (const name of Object.keys(headers)) if (isClaim(name)) delete headers[name];
  const { authority, remoteAddress } = request;
  const scheme = request.encrypted ? 'https' : 'http';
  if (authority !== undefined) {
    headers['host'] = authority;
    headers['x-forwarded-host'] = authority;
  }
  if (remoteAddress !== undefined) headers['x-forwarded-for'] = remoteAddress;
  headers['x-forwarded-proto'] = scheme;
  headers['forwarded'] = forwarded(remoteAddress, authority, scheme);
  // RFC 9110, section 7.6.3: a gateway must say that it was there.
  headers['via'] = [request.headers.via, `${request.httpVersion} latchkey`]
    .filter((entry) => entry !== undefined)
    .join(', ');
  return headers;
}

/**
 * The fields of a message without those that belong to one connection (RFC 9110, section 7.6.1) and without HTTP/2's
 * pseudo-header fields.
 */
export function endToEndHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const kept: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(':') && !CONNECTION_HEADERS.has(name) && !named.has(name)) kept[name] = value;
  }
  return kept;
}

/** The trailer fields that may go on: none that frames, routes or authenticates (RFC 9110, section 6.5.1). */
export function endToEndTrailers(trailers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(trailers)) {
    const forbidden = CONNECTION_HEADERS.has(name) || HEADERS_ONLY.has(name) || isClaim(name);
    if (value !== undefined && !name.startsWith(':') && !forbidden) kept[name] = String(value);
  }
  return kept;
}

/** Whether the visitor understands trailers (RFC 9110, section 10.1.4). */
export function acceptsTrailers({ te = '' }: IncomingHttpHeaders): boolean {
  return String(te)
    .split(',')
    .some((coding) => coding.trim().toLowerCase() === 'trailers');
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

/** Fields that mean something different, or something dangerous, after the body. */
const HEADERS_ONLY = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'host',
  'max-forwards',
  'set-cookie',
  'www-authenticate',
]);

const CLAIMS = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-real-ip',
]);

/** Gateway interfaces such as CGI and WSGI do not tell `X_Forwarded_For` from `X-Forwarded-For`. */
function isClaim(name: string): boolean {
  return CLAIMS.has(name.includes('_') ? name.replaceAll('_', '-') : name);
}

/** RFC 7239, section 4. */
function forwarded(remoteAddress: string | undefined, authority: string | undefined, scheme: string): string {
  const node = remoteAddress === undefined ? 'unknown' : forwardedNode(remoteAddress);
  const host = authority === undefined ? '' : `;host=${token(authority)}`;
  return `for=${node}${host};proto=${scheme}`;
}

/** RFC 7239, section 6: an IPv6 address stands in brackets, and therefore in quotes. */
function forwardedNode(address: string): string {
  return isIPv6(address) ? `"[${address}]"` : address;
}

/** A token, or a quoted string where it is none (RFC 9110, section 5.6). */
function token(value: string): string {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

import type { SecureContextOptions } from 'node:tls';
import { isIP } from 'node:net';
import { EdgeOptionsError, type OriginError } from '../errors.js';
import { parseInteger } from '../parse-integer.js';
import { parseServerNamePattern } from '../server-name.js';
import type { ExchangeRecord, VisitorRequest } from './exchange-record.js';

/** Where an origin is, and how it is spoken to. */
export interface OriginOptions {
  /** `http://host[:port]` or `https://host[:port]`, without a path; of several, the one with the fewest requests is asked. */
  readonly url: URL | string | readonly (URL | string)[];
  /** `h2` is HTTP/2: over TLS, or with http: in plain text with prior knowledge. Default `http/1.1`. */
  readonly protocol?: 'http/1.1' | 'h2';
  /** For https: the authorities that the origin's certificate must chain to, in PEM. Default: Node's. */
  readonly ca?: string | Uint8Array;
  /** For https: the name that the origin's certificate must be for. Default: the URL's host. */
  readonly serverName?: string;
  /** How long making a connection may take, in milliseconds: 1 to 3600000. Default 5000. */
  readonly connectTimeout?: number;
  /**
   * How long the origin may be silent, before its answer or within, in milliseconds: 1 to 3600000; longer than its
   * slowest answer takes. What the visitor takes to send or to read does not count. Default 60000.
   */
  readonly timeout?: number;
  /** Connections to each URL: 1 to 65535. Requests beyond that wait for one. Default 256. */
  readonly maximumConnections?: number;
}

/** A site whose requests go to an origin of its own. */
export interface SiteOriginOptions {
  /** Host names, as in the edge's own `sites`. */
  readonly serverNames: readonly string[];
  /** Default: the reverse proxy's. */
  readonly origin?: URL | string | OriginOptions;
}

/** Where a reverse proxy sends requests. */
export interface ReverseProxyRoutes {
  readonly origin: URL | string | OriginOptions;
  /**
   * The edge's sites. With these, a request for a host of another site than the visitor's TLS was set up for is refused
   * (421; RFC 9110, section 15.5.20), and so is one for a host of no site. Visitors who named no host in TLS are served
   * for all of them; what else they ask for goes where the first site's requests go.
   */
  readonly sites?: readonly SiteOriginOptions[];
}

/** Where a reverse proxy sends requests, and its bounds. */
export interface ReverseProxyOptions extends ReverseProxyRoutes {
  /**
   * How long a visitor may leave off sending a request's body, or reading the answer, in milliseconds: 1 to 3600000.
   * Default 60000.
   */
  readonly visitorTimeout?: number;
  /** The longest request body, in bytes; a longer one is refused (413). Default: any. */
  readonly maximumRequestBody?: number;
  /** Is told why the origin gave no answer, for the log: the visitor is not. */
  readonly onFailure?: (error: OriginError, request: VisitorRequest) => void;
  /** Is told of each request once it is over, for access log and metrics. */
  readonly onExchange?: (record: ExchangeRecord) => void;
}

/** {@link OriginOptions} of one URL, parsed. */
export interface OriginAddress {
  /** Scheme, host and port. */
  readonly name: string;
  readonly protocol: 'http/1.1' | 'h2';
  /** Without brackets where it is an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** For `tls.connect`; undefined for plain text. */
  readonly tls: OriginTls | undefined;
  readonly connectTimeout: number;
  readonly maximumConnections: number;
}

/** How the certificate of an origin is verified. */
export interface OriginTls extends Pick<SecureContextOptions, 'minVersion'> {
  readonly ca?: string | Buffer;
  readonly servername: string;
}

/** {@link OriginOptions}, parsed. */
export interface OriginSettings {
  readonly addresses: readonly OriginAddress[];
  readonly timeout: number;
}

/** {@link ReverseProxyOptions}, parsed. */
export interface ReverseProxySettings {
  readonly origin: OriginSettings;
  /** Undefined: every host is served. */
  readonly sites: readonly SiteOriginSettings[] | undefined;
  readonly visitorTimeout: number;
  readonly maximumRequestBody: number;
  readonly onFailure: (error: OriginError, request: VisitorRequest) => void;
  readonly onExchange: (record: ExchangeRecord) => void;
}

/** {@link SiteOriginOptions}, parsed. */
export interface SiteOriginSettings {
  readonly serverNames: readonly string[];
  readonly origin: OriginSettings;
}

/** @throws EdgeOptionsError */
export function parseReverseProxyOptions(options: ReverseProxyOptions): ReverseProxySettings {
  return {
    origin: parseOrigin('origin', options.origin),
    sites: options.sites?.map(({ serverNames, origin = options.origin }, index) => ({
      serverNames: serverNames.map((name) => parseName(`sites[${index}].serverNames`, name)),
      origin: parseOrigin(`sites[${index}].origin`, origin),
    })),
    visitorTimeout: parseInteger('visitorTimeout', options.visitorTimeout ?? 60_000, LONGEST_TIME),
    maximumRequestBody:
      options.maximumRequestBody === undefined
        ? Number.POSITIVE_INFINITY
        : parseInteger('maximumRequestBody', options.maximumRequestBody, Number.MAX_SAFE_INTEGER),
    onFailure: options.onFailure ?? (() => {}),
    onExchange: options.onExchange ?? (() => {}),
  };
}

const LONGEST_TIME = 3_600_000;

function parseName(option: string, name: string): string {
  const parsed = parseServerNamePattern(name);
  if (parsed === undefined) throw new EdgeOptionsError(option, `${JSON.stringify(name)} is no host name`);
  return parsed;
}

function parseOrigin(path: string, origin: URL | string | OriginOptions): OriginSettings {
  const options = typeof origin === 'string' || origin instanceof URL ? { url: origin } : origin;
  const urls = Array.isArray(options.url) ? options.url : [options.url];
  if (urls.length === 0) throw new EdgeOptionsError(path, 'is empty; give at least one URL');
  return {
    addresses: urls.map((url: URL | string) => parseAddress(path, url, options)),
    timeout: parseInteger(`${path}.timeout`, options.timeout ?? 60_000, LONGEST_TIME),
  };
}

function parseAddress(path: string, url: URL | string, options: OriginOptions): OriginAddress {
  const text = String(url);
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !isOriginUrl(parsed))
    throw new EdgeOptionsError(path, `write it like http://127.0.0.1:8080, not ${JSON.stringify(text)}`);
  const isEncrypted = parsed.protocol === 'https:';
  // An IPv6 address stands in brackets in a URL, and without them everywhere else.
  const hostname = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    name: parsed.origin,
    protocol: options.protocol ?? 'http/1.1',
    hostname,
    port: Number(parsed.port || (isEncrypted ? 443 : 80)),
    tls: isEncrypted ? originTls(options, hostname) : undefined,
    connectTimeout: parseInteger(`${path}.connectTimeout`, options.connectTimeout ?? 5000, LONGEST_TIME),
    maximumConnections: parseInteger(`${path}.maximumConnections`, options.maximumConnections ?? 256, 65_535),
  };
}

function isOriginUrl({ protocol, pathname, search, hash, username, password }: URL): boolean {
  const isHttp = protocol === 'http:' || protocol === 'https:';
  return isHttp && pathname === '/' && [search, hash, username, password].every((part) => part === '');
}

function originTls({ ca, serverName }: OriginOptions, hostname: string): OriginTls {
  return {
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca: typeof ca === 'string' ? ca : Buffer.from(ca) }),
    // An address is no server name (RFC 6066, section 3); without one Node verifies the host that it connects to.
    servername: serverName ?? (isIP(hostname) === 0 ? hostname : ''),
  };
}

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { isServerName, MAXIMUM_SERVER_NAMES, MAXIMUM_SUBSCRIPTIONS } from '@latchkey/codec/kssl2';
import type { CertificateNames, SiteNames } from './certificate-names.js';
import { createResolver, type NameResolver } from './discovery.js';
import { ConfigurationError } from './errors.js';
import { formatHost } from './format-host.js';
import type { HedgingConfiguration } from './hedging.js';
import type {
  ChannelProtocol,
  KeyServerAddress,
  KeyServerClientEvent,
  KeyServerClientOptions,
} from './options.js';

/** {@link KeyServerClientOptions}, checked and complete. */
export interface ClientConfiguration {
  readonly keyServers: readonly KeyServerListing[];
  readonly resolver: NameResolver;
  readonly resolveInterval: number;
  readonly secureContext: SecureContext;
  readonly protocols: ReadonlySet<ChannelProtocol>;
  readonly certificateNames: CertificateNames;
  readonly connectionsPerServer: number;
  readonly maximumInFlight: number;
  readonly maximumWaiting: number;
  readonly connectTimeout: number;
  readonly operationTimeout: number;
  readonly pingInterval: number;
  readonly pingTimeout: number;
  readonly hedging: HedgingConfiguration;
  readonly backoff: BackoffConfiguration;
  readonly onEvent: (event: KeyServerClientEvent) => void;
}

/** Where to find key servers: a place, or a name that stands for one or more. */
export interface KeyServerListing {
  /** As people write it: `host:port`, the path of a socket, or the name of SRV records. */
  readonly name: string;
  readonly location:
    | { readonly type: 'fixed'; readonly endpoint: Endpoint }
    | { readonly type: 'host'; readonly host: string; readonly port: number }
    | { readonly type: 'srv'; readonly srv: string };
  /** The name or IP address that the servers' certificates must be for. */
  readonly serverName: string;
}

/** One key server. */
export interface KeyServerConfiguration {
  /** The listing's name; for one that was found by a name, its address and port with that name. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /** The name or IP address that the server's certificate must be for. */
  readonly serverName: string;
  /** Its part of the load beside the others of its tier, more than 0. */
  readonly weight: number;
}

export type Endpoint =
  /** Addresses of one host, at least one. */
  { readonly addresses: readonly string[]; readonly port: number } | { readonly path: string };

export interface BackoffConfiguration {
  readonly initial: number;
  readonly maximum: number;
  readonly jitter: number;
}

/**
 * Parses all options but `certificateNames`, which {@link parseCertificateNames} does.
 *
 * @throws {ConfigurationError} for the first option that is wrong
 */
export function parseOptions(options: KeyServerClientOptions): Omit<ClientConfiguration, 'certificateNames'> {
  const { keyServers, backoff = {}, hedging = {} } = options;
  if (!Array.isArray(keyServers) || keyServers.length === 0) {
    throw new ConfigurationError(
      'keyServers',
      'must list at least one key server: [{ host: "keys.example" }]',
    );
  }
  const initial = parseNumber('backoff.initial', backoff.initial, { default: 100, minimum: 1 });
  return {
    keyServers: keyServers.map((address, index) => parseAddress(`keyServers[${index}]`, address)),
    resolver: parseNameServers(options.nameServers),
    resolveInterval: parseNumber('resolveInterval', options.resolveInterval, { default: 30_000, minimum: 1 }),
    secureContext: parseChannelCertificates(options),
    protocols: parseProtocols(options.protocols),
    connectionsPerServer: parseCount('connectionsPerServer', options.connectionsPerServer, {
      default: 2,
      minimum: 1,
    }),
    maximumInFlight: parseCount('maximumInFlight', options.maximumInFlight, { default: 1024, minimum: 1 }),
    maximumWaiting: parseCount('maximumWaiting', options.maximumWaiting, { default: 10_000, minimum: 1 }),
    connectTimeout: parseNumber('connectTimeout', options.connectTimeout, { default: 5000, minimum: 1 }),
    operationTimeout: parseNumber('operationTimeout', options.operationTimeout, {
      default: 10_000,
      minimum: 1,
    }),
    pingInterval: parseNumber('pingInterval', options.pingInterval, { default: 5000, minimum: 0 }),
    pingTimeout: parseNumber('pingTimeout', options.pingTimeout, { default: 2000, minimum: 1 }),
    hedging: {
      share: parseNumber('hedging.share', hedging.share, { default: 0.05, minimum: 0, maximum: 1 }),
      minimumDelay: parseNumber('hedging.minimumDelay', hedging.minimumDelay, { default: 20, minimum: 1 }),
    },
    backoff: {
      initial,
      maximum: parseNumber('backoff.maximum', backoff.maximum, {
        default: Math.max(initial, 5000),
        minimum: initial,
      }),
      jitter: parseNumber('backoff.jitter', backoff.jitter, { default: 0.5, minimum: 0, maximum: 1 }),
    },
    onEvent: options.onEvent ?? (() => {}),
  };
}

/** @throws {ConfigurationError} when these are no sites' names, or too many */
export function parseCertificateNames(sites: readonly SiteNames[] = []): readonly SiteNames[] {
  if (!Array.isArray(sites) || sites.length > MAXIMUM_SUBSCRIPTIONS)
    throw new ConfigurationError(
      'certificateNames',
      `must be a list of ${MAXIMUM_SUBSCRIPTIONS} sites at most`,
    );
  for (const names of sites as readonly SiteNames[]) {
    if (names.length === 0 || names.length > MAXIMUM_SERVER_NAMES || !names.every(isServerName))
      throw new ConfigurationError(
        'certificateNames',
        `must list, for each site, one to ${MAXIMUM_SERVER_NAMES} host names in lower case, "*." before one or not`,
      );
  }
  return sites;
}

const DEFAULT_PORT = 2407;

/** The longest that a timer of Node.js can wait. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

interface Range {
  readonly default: number;
  readonly minimum: number;
  readonly maximum?: number;
}

function parseAddress(option: string, address: KeyServerAddress): KeyServerListing {
  const serverName = (otherwise: string): string =>
    parseText(`${option}.serverName`, address.serverName ?? otherwise);
  if ('path' in address) {
    const path = parseText(`${option}.path`, address.path);
    return {
      name: path,
      location: { type: 'fixed', endpoint: { path } },
      serverName: serverName('localhost'),
    };
  }
  if ('srv' in address) {
    const srv = parseText(`${option}.srv`, address.srv);
    const domain = /^_[^.]+\._[^.]+\.(?<domain>[^.].*)$/.exec(srv)?.groups?.['domain'];
    if (domain === undefined)
      throw new ConfigurationError(
        `${option}.srv`,
        'must be the name of SRV records: _keyless._tcp.keys.example',
      );
    return { name: srv, location: { type: 'srv', srv }, serverName: serverName(domain) };
  }
  const host = parseText(`${option}.host`, address.host);
  const port = parseCount(`${option}.port`, address.port, {
    default: DEFAULT_PORT,
    minimum: 1,
    maximum: 65_535,
  });
  return {
    name: `${formatHost(host)}:${port}`,
    location:
      isIP(host) === 0
        ? { type: 'host', host, port }
        : { type: 'fixed', endpoint: { addresses: [host], port } },
    serverName: serverName(host),
  };
}

function parseNameServers(nameServers: readonly string[] | undefined): NameResolver {
  try {
    return createResolver(nameServers);
  } catch (cause) {
    throw new ConfigurationError(
      'nameServers',
      'must list IP addresses of DNS servers, with a port where it is not 53: ["127.0.0.1:8600"]',
      { cause },
    );
  }
}

function parseChannelCertificates({ certificate, key, ca }: KeyServerClientOptions): SecureContext {
  const leaf = parsePem(
    'certificate',
    certificate,
    'an X.509 certificate',
    (pem) => new X509Certificate(pem),
  );
  const privateKey = parsePem('key', key, 'an unencrypted private key', (pem) => createPrivateKey(pem));
  parsePem('ca', ca, 'X.509 certificates', (pem) => new X509Certificate(pem));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new ConfigurationError(
      'key',
      'does not belong to `certificate`: give the two files that were made together',
    );
  }
  return parsePem('certificate', certificate, 'a chain that TLS can use', () =>
    // Everything that a peer in the field speaks is TLS 1.2; we would rather have TLS 1.3.
    createSecureContext({ cert: certificate, key, ca, minVersion: 'TLSv1.2' }),
  );
}

function parseProtocols(protocols: readonly ChannelProtocol[] = ['kssl2']): ReadonlySet<ChannelProtocol> {
  const known: readonly unknown[] = ['kssl2', 'kssl1'];
  if (
    !Array.isArray(protocols) ||
    protocols.length === 0 ||
    !protocols.every((each) => known.includes(each))
  ) {
    throw new ConfigurationError('protocols', 'must list kssl2, kssl1 or both');
  }
  return new Set(protocols);
}

function parsePem<T>(option: string, pem: string, expected: string, parse: (pem: string) => T): T {
  const text = parseText(option, pem);
  try {
    return parse(text);
  } catch (cause) {
    throw new ConfigurationError(option, `must be ${expected} in PEM (not the name of a file)`, { cause });
  }
}

function parseText(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new ConfigurationError(option, 'must be a text and not empty');
  return value;
}

function parseCount(option: string, value: number | undefined, range: Range): number {
  const count = parseNumber(option, value, range);
  if (!Number.isInteger(count)) throw new ConfigurationError(option, `must be a whole number, not ${count}`);
  return count;
}

function parseNumber(option: string, value: number | undefined, range: Range): number {
  const { minimum, maximum = LONGEST_TIMEOUT } = range;
  const number = value ?? range.default;
  if (typeof number !== 'number' || !(number >= minimum && number <= maximum)) {
    throw new ConfigurationError(
      option,
      `must be a number from ${minimum} to ${maximum}, not ${String(value)}`,
    );
  }
  return number;
}

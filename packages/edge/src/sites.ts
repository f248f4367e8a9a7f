import type { KeyService } from '@latchkey/codec';
import { TlsContext, TlsContextError } from '@latchkey/native';
import type { TlsContextErrorCode, TlsContextOptions } from '@latchkey/native';
import { EdgeOptionsError } from './errors.js';
import type { ChooseSite, ClientHello, EdgeOptions, EdgeTlsOptions, SiteOptions } from './options.js';
import { parseServerName, parseServerNamePattern, wildcardFor } from './server-name.js';

/** A site that can be served. */
export interface Site {
  readonly context: TlsContext;
  readonly keyService: KeyService;
}

/** Names of the options that sites take from their server. */
export const TLS_OPTIONS: Record<keyof EdgeTlsOptions, true> = {
  minVersion: true,
  maxVersion: true,
  ciphers: true,
  groups: true,
  honorCipherOrder: true,
  allowStaticRsa: true,
  sessionTimeout: true,
  ticketCount: true,
  ticketKeys: true,
};

/** The sites of one server. */
export class SiteDirectory {
  /** The site of every visitor, whatever their ClientHello says; undefined where it must be looked at. */
  readonly onlySite: Site | undefined;
  readonly #choose: (hello: ClientHello) => Site | undefined | Promise<Site | undefined>;

  /** @throws EdgeOptionsError */
  constructor(options: EdgeOptions, alpnProtocols: readonly string[] | undefined) {
    const makeSite = (site: SiteOptions, path: string): Site =>
      createSite(
        { ...tlsOptions(options), ...site },
        site.keyService ?? options.keyService,
        alpnProtocols,
        path,
      );
    const { certificateChain, sites, chooseSite } = options;

    if (chooseSite !== undefined) {
      if (sites !== undefined || certificateChain !== undefined)
        throw new EdgeOptionsError('chooseSite', 'leave out sites and certificateChain, or let them choose');
      this.#choose = chooseByCallback(chooseSite, makeSite);
      return;
    }
    const defaultSite = certificateChain === undefined ? undefined : makeSite({ certificateChain }, '');
    if (sites === undefined) {
      if (defaultSite === undefined)
        throw new EdgeOptionsError('certificateChain', 'is missing; give it, sites or chooseSite');
      this.onlySite = defaultSite;
      this.#choose = () => defaultSite;
      return;
    }
    this.#choose = chooseByName(indexByName(sites, makeSite), defaultSite);
  }

  /**
   * The site for a visitor; undefined where there is none of that name.
   *
   * @throws EdgeOptionsError, or what `chooseSite` throws
   */
  choose(hello: ClientHello): Site | undefined | Promise<Site | undefined> {
    return this.#choose(hello);
  }
}

type MakeSite = (site: SiteOptions, path: string) => Site;

function chooseByCallback(
  chooseSite: ChooseSite,
  makeSite: MakeSite,
): (hello: ClientHello) => Promise<Site | undefined> {
  const known = new WeakMap<SiteOptions, Site>();
  return async (hello) => {
    const serverName = hello.serverName === undefined ? undefined : parseServerName(hello.serverName);
    const chosen = await chooseSite(serverName, hello);
    if (chosen === undefined) return undefined;
    const site = known.get(chosen) ?? makeSite(chosen, 'chooseSite()');
    known.set(chosen, site);
    return site;
  };
}

function chooseByName(
  byName: ReadonlyMap<string, Site>,
  defaultSite: Site | undefined,
): (hello: ClientHello) => Site | undefined {
  return (hello) => {
    if (hello.serverName === undefined) return defaultSite;
    const serverName = parseServerName(hello.serverName);
    if (serverName === undefined) return undefined;
    return byName.get(serverName) ?? byName.get(wildcardFor(serverName));
  };
}

function indexByName(sites: NonNullable<EdgeOptions['sites']>, makeSite: MakeSite): Map<string, Site> {
  if (sites.length === 0) throw new EdgeOptionsError('sites', 'is empty; give at least one site');
  const byName = new Map<string, Site>();
  sites.forEach((options, index) => {
    const path = `sites[${index}]`;
    const site = makeSite(options, path);
    if (options.serverNames.length === 0)
      throw new EdgeOptionsError(`${path}.serverNames`, 'is empty; give at least one host name');
    for (const name of options.serverNames) {
      const serverName = parseServerNamePattern(name);
      if (serverName === undefined)
        throw new EdgeOptionsError(
          `${path}.serverNames`,
          `${JSON.stringify(name)} is no host name; write it like www.example.com or *.example.com`,
        );
      if (byName.has(serverName))
        throw new EdgeOptionsError(`${path}.serverNames`, `${serverName} belongs to another site already`);
      byName.set(serverName, site);
    }
  });
  return byName;
}

function createSite(
  options: SiteOptions,
  keyService: KeyService | undefined,
  alpnProtocols: readonly string[] | undefined,
  path: string,
): Site {
  const optionPath = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (keyService === undefined)
    throw new EdgeOptionsError(
      optionPath('keyService'),
      'is missing; give the service that has the key, for example one from createKeyServerClient of @latchkey/client',
    );
  try {
    return { context: new TlsContext(contextOptions(options, alpnProtocols)), keyService };
  } catch (error) {
    if (!(error instanceof TlsContextError)) throw error;
    throw new EdgeOptionsError(optionPath(OPTION_OF_ERROR[error.code]), error.message, { cause: error });
  }
}

function tlsOptions(options: EdgeTlsOptions): EdgeTlsOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name in TLS_OPTIONS));
}

function contextOptions(
  options: SiteOptions,
  alpnProtocols: readonly string[] | undefined,
): TlsContextOptions {
  return withoutUndefined({
    certificateChain: options.certificateChain,
    minimumVersion: options.minVersion,
    maximumVersion: options.maxVersion,
    ...splitCiphers(options.ciphers),
    groups: options.groups,
    honorCipherOrder: options.honorCipherOrder,
    staticRsa: options.allowStaticRsa,
    sessionTimeoutSeconds: options.sessionTimeout,
    ticketCount: options.ticketCount,
    ticketKeys: options.ticketKeys,
    alpnProtocols,
  });
}

/** Node's `ciphers` mixes what OpenSSL keeps apart: TLS 1.3's suites are those whose names begin with `TLS_`. */
function splitCiphers(ciphers: string | undefined): {
  readonly ciphers: string | undefined;
  readonly cipherSuites: string | undefined;
} {
  const names = ciphers?.split(':') ?? [];
  return {
    ciphers: names.filter((name) => !name.startsWith('TLS_')).join(':') || undefined,
    cipherSuites: names.filter((name) => name.startsWith('TLS_')).join(':') || undefined,
  };
}

type WithoutUndefined<Values> = { [Name in keyof Values]: Exclude<Values[Name], undefined> };

function withoutUndefined<Values extends object>(values: Values): WithoutUndefined<Values> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as WithoutUndefined<Values>;
}

const OPTION_OF_ERROR: Record<TlsContextErrorCode, string> = {
  LATCHKEY_TLS_NO_CERTIFICATE: 'certificateChain',
  LATCHKEY_TLS_BAD_CERTIFICATE: 'certificateChain',
  LATCHKEY_TLS_UNSUPPORTED_KEY: 'certificateChain',
  LATCHKEY_TLS_BAD_PROTOCOL_RANGE: 'minVersion',
  LATCHKEY_TLS_BAD_CIPHERS: 'ciphers',
  LATCHKEY_TLS_BAD_CIPHER_SUITES: 'ciphers',
  LATCHKEY_TLS_BAD_GROUPS: 'groups',
  LATCHKEY_TLS_BAD_ALPN_PROTOCOL: 'ALPNProtocols',
  LATCHKEY_TLS_BAD_TICKET_COUNT: 'ticketCount',
  LATCHKEY_TLS_BAD_TICKET_KEY: 'ticketKeys',
  LATCHKEY_TLS_BAD_SESSION_TIMEOUT: 'sessionTimeout',
  LATCHKEY_TLS_BAD_SESSION_ID_CONTEXT: 'certificateChain',
  LATCHKEY_TLS_BAD_SESSION_CACHE_SIZE: 'sessionTimeout',
  LATCHKEY_TLS_INTERNAL: 'certificateChain',
};

import { EdgeOptionsError } from '../errors.js';
import type { ChooseSite, ClientHello, EdgeSites, EdgeTlsOptions, SiteOptions } from '../options.js';
import { parseServerName, parseServerNamePattern, wildcardFor } from '../server-name.js';
import { createSite, type Site, type SiteEnvironment } from './site.js';

/** Names of the options that sites take from their server. */
export const TLS_OPTIONS: Record<keyof EdgeTlsOptions, true> = {
  profile: true,
  minVersion: true,
  maxVersion: true,
  ciphers: true,
  groups: true,
  honorCipherOrder: true,
  allowStaticRsa: true,
  sessionTimeout: true,
  ticketCount: true,
  ticketKeys: true,
  ocspStapling: true,
  delegatedCredentials: true,
};

/** The sites of one server, as its options say. */
export class SiteDirectory {
  /** The site of every visitor, whatever their ClientHello says; undefined where it must be looked at. */
  readonly onlySite: Site | undefined;
  readonly #choose: (hello: ClientHello) => Site | undefined | Promise<Site | undefined>;
  readonly #knows: (serverName: string) => boolean;

  /** @throws EdgeOptionsError */
  constructor(options: EdgeSites, environment: SiteEnvironment) {
    const makeSite: MakeSite = (site, path, lasting = true) =>
      createSite(
        { ...tlsOptions(options), ...site, ...keyServiceOf(site.keyService ?? options.keyService) },
        environment,
        path,
        lasting,
      );
    const { certificateChain, sites, chooseSite } = options;

    if (chooseSite !== undefined) {
      if (sites !== undefined || certificateChain !== undefined)
        throw new EdgeOptionsError('chooseSite', 'leave out sites and certificateChain, or let them choose');
      this.#choose = chooseByCallback(chooseSite, makeSite);
      this.#knows = () => false;
      return;
    }
    const defaultSite = certificateChain === undefined ? undefined : makeSite({ certificateChain }, '');
    if (sites === undefined) {
      if (defaultSite === undefined)
        throw new EdgeOptionsError('certificateChain', 'is missing; give it, sites or chooseSite');
      // A session that is kept elsewhere is looked for by what the ClientHello says.
      if (!environment.exportSessions) this.onlySite = defaultSite;
      this.#choose = () => defaultSite;
      this.#knows = () => false;
      return;
    }
    const byName = indexByName(sites, makeSite);
    const find = (serverName: string): Site | undefined =>
      byName.get(serverName) ?? byName.get(wildcardFor(serverName));
    this.#choose = chooseByName(find, defaultSite);
    this.#knows = (serverName) => find(serverName) !== undefined;
  }

  /**
   * The site for a visitor; undefined where there is none of that name.
   *
   * @throws EdgeOptionsError, or what `chooseSite` throws
   */
  choose(hello: ClientHello): Site | undefined | Promise<Site | undefined> {
    return this.#choose(hello);
  }

  /** Whether one of `sites` has a host name, written as {@link parseServerName} gives it. */
  knows(serverName: string): boolean {
    return this.#knows(serverName);
  }
}

type MakeSite = (site: SiteOptions, path: string, lasting?: boolean) => Site;

function chooseByCallback(
  chooseSite: ChooseSite,
  makeSite: MakeSite,
): (hello: ClientHello) => Promise<Site | undefined> {
  const known = new WeakMap<SiteOptions, Site>();
  return async (hello) => {
    const serverName = hello.serverName === undefined ? undefined : parseServerName(hello.serverName);
    const chosen = await chooseSite(serverName, hello);
    if (chosen === undefined) return undefined;
    const site = known.get(chosen) ?? makeSite(chosen, 'chooseSite()', false);
    known.set(chosen, site);
    return site;
  };
}

function chooseByName(
  find: (serverName: string) => Site | undefined,
  defaultSite: Site | undefined,
): (hello: ClientHello) => Site | undefined {
  return (hello) => {
    if (hello.serverName === undefined) return defaultSite;
    const serverName = parseServerName(hello.serverName);
    return serverName === undefined ? undefined : find(serverName);
  };
}

function indexByName(sites: NonNullable<EdgeSites['sites']>, makeSite: MakeSite): Map<string, Site> {
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

function keyServiceOf(keyService: SiteOptions['keyService']): Pick<SiteOptions, 'keyService'> {
  return keyService === undefined ? {} : { keyService };
}

/** What sites take from their server. Of ticket keys they take the server's present ones, not those that it began with. */
function tlsOptions(options: EdgeTlsOptions): EdgeTlsOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => name in TLS_OPTIONS && name !== 'ticketKeys'),
  );
}

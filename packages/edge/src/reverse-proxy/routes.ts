import { parseServerName, wildcardFor } from '../server-name.js';
import type { ReverseProxySettings } from './options.js';
import { OriginGroup } from './origin-group.js';

/** Which origins a request goes to. */
export class Routes {
  readonly #default: OriginGroup;
  /** By the names of their sites; undefined where every host is served. */
  readonly #sites: ReadonlyMap<string, Site> | undefined;
  readonly #groups: ReadonlySet<OriginGroup>;

  constructor({ origin, sites }: ReverseProxySettings) {
    const groups = new Map([[origin, new OriginGroup(origin)]]);
    const groupOf = (settings: typeof origin): OriginGroup => {
      const group = groups.get(settings) ?? new OriginGroup(settings);
      groups.set(settings, group);
      return group;
    };
    const parsed = sites?.map((site) => ({ serverNames: site.serverNames, group: groupOf(site.origin) }));
    this.#default = parsed?.[0]?.group ?? groupOf(origin);
    this.#sites =
      parsed && new Map(parsed.flatMap((site) => site.serverNames.map((name) => [name, site] as const)));
    this.#groups = new Set(groups.values());
  }

  /**
   * @param serverName the host that the visitor's TLS was set up for; undefined if none was named
   * @param host the one that the request is for
   * @returns undefined for a request that came over the TLS of another site
   */
  find(serverName: string | undefined, host: string | undefined): OriginGroup | undefined {
    if (this.#sites === undefined) return this.#default;
    const site = this.#siteOf(host);
    if (serverName === undefined) return site?.group ?? this.#default;
    return site !== undefined && site === this.#siteOf(serverName) ? site.group : undefined;
  }

  close(): void {
    for (const group of this.#groups) group.close();
  }

  #siteOf(name: string | undefined): Site | undefined {
    const parsed = name === undefined ? undefined : parseServerName(name);
    return parsed === undefined
      ? undefined
      : (this.#sites?.get(parsed) ?? this.#sites?.get(wildcardFor(parsed)));
  }
}

interface Site {
  readonly group: OriginGroup;
}

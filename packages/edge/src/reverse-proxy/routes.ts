import { parseServerName, wildcardFor } from '../server-name.js';
import type { OriginSettings, ReverseProxySettings } from './options.js';
import { OriginGroup } from './origin-group.js';

/** What {@link Routes} are made of. */
export type RouteSettings = Pick<ReverseProxySettings, 'origin' | 'sites'>;

/** Which origins a request goes to. Origins that are the same in all that can be set share connections. */
export class Routes {
  readonly #default: OriginGroup;
  /** By the names of their sites; undefined where every host is served. */
  readonly #sites: ReadonlyMap<string, Site> | undefined;
  /** By their settings. */
  readonly #groups = new Map<string, OriginGroup>();

  /** @param previous whose connections to origins that stay the same are taken over */
  constructor({ origin, sites }: RouteSettings, previous?: Routes) {
    const inherited = previous === undefined ? new Map<string, OriginGroup>() : previous.#groups;
    const groupOf = (settings: OriginSettings): OriginGroup => {
      const name = JSON.stringify(settings);
      const group = this.#groups.get(name) ?? inherited.get(name) ?? new OriginGroup(settings);
      this.#groups.set(name, group);
      return group;
    };
    const parsed = sites?.map((site) => ({ serverNames: site.serverNames, group: groupOf(site.origin) }));
    this.#default = parsed?.[0]?.group ?? groupOf(origin);
    this.#sites =
      parsed && new Map(parsed.flatMap((site) => site.serverNames.map((name) => [name, site] as const)));
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

  /** Lets the origins go that other routes have not, once the requests under way to them are over. */
  retireAllBut(next: Routes): void {
    for (const [name, group] of this.#groups) if (!next.#groups.has(name)) group.retire();
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
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

/** The host names of a site. */
export type SiteNames = readonly string[];

/** The sites whose certificates key servers are asked for: all connections of a client share this. */
export class CertificateNames {
  #sites: readonly SiteNames[];
  readonly #watchers = new Set<() => void>();

  constructor(sites: readonly SiteNames[]) {
    this.#sites = sites;
  }

  get sites(): readonly SiteNames[] {
    return this.#sites;
  }

  replace(sites: readonly SiteNames[]): void {
    this.#sites = sites;
    for (const watcher of this.#watchers) watcher();
  }

  /**
   * @param watcher called when there are other sites
   * @returns ends that
   */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}

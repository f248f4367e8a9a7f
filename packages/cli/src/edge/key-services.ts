import {
  createKeyServerClient,
  type KeyServerAddress,
  type KeyServerClient,
  type KeyServerClientOptions,
} from '@latchkey/client';

import type { EdgeSite } from '../edge-configuration/edge-configuration.js';
import { certificateNamesOf } from './received-certificates.js';

/** What an edge shows to key servers, and whom it trusts there: PEM. */
export type ChannelOptions = Pick<KeyServerClientOptions, 'certificate' | 'key' | 'ca'>;

/** The clients of an edge's key servers: one for each set of them, so that sites with the same set share connections. */
export class KeyServices {
  #options: Omit<KeyServerClientOptions, 'keyServers'>;
  readonly #clients = new Map<string, KeyServerClient>();

  /** @param options what all clients have in common */
  constructor(options: Omit<KeyServerClientOptions, 'keyServers'>) {
    this.#options = options;
  }

  /** The client of these key servers, in whatever order they are listed; made when it is asked for first. */
  clientOf(keyServers: readonly KeyServerAddress[]): KeyServerClient {
    const identity = identityOf(keyServers);
    let client = this.#clients.get(identity);
    if (client === undefined) {
      client = createKeyServerClient({ ...this.#options, keyServers });
      this.#clients.set(identity, client);
    }
    return client;
  }

  /**
   * Has key servers say which certificates they have for the sites that have none of their own.
   *
   * @param sites all that there are; key servers are not asked for others any more
   */
  askForCertificates(sites: readonly EdgeSite[]): void {
    const namesOf = new Map<string, (readonly string[])[]>();
    for (const site of sites) {
      if (site.certificates.length > 0) continue;
      this.clientOf(site.keyServers);
      const identity = identityOf(site.keyServers);
      namesOf.set(identity, [...(namesOf.get(identity) ?? []), certificateNamesOf(site)]);
    }
    for (const [identity, client] of this.#clients)
      client.reconfigure({ certificateNames: namesOf.get(identity) ?? [] });
  }

  /** All clients that have been made. */
  get clients(): readonly KeyServerClient[] {
    return [...this.#clients.values()];
  }

  /**
   * Changes what the clients show to key servers, and whom they trust, while operations go on.
   *
   * @throws {ConfigurationError} when it cannot be used; then nothing has changed
   */
  reconfigure(channel: ChannelOptions): void {
    for (const client of this.clients) client.reconfigure(channel);
    this.#options = { ...this.#options, ...channel };
  }

  /**
   * Forgets the clients of all other key servers, and closes them later.
   *
   * @param delay after which nobody needs them any more, in milliseconds
   */
  keepOnly(sets: readonly (readonly KeyServerAddress[])[], delay: number): void {
    const kept = new Set(sets.map(identityOf));
    for (const [identity, client] of this.#clients) {
      if (kept.has(identity)) continue;
      this.#clients.delete(identity);
      setTimeout(() => void client.close(), delay);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}

/** The same for the same key servers in another order. */
function identityOf(keyServers: readonly KeyServerAddress[]): string {
  return keyServers
    .map((address) => JSON.stringify(Object.entries(address).toSorted(byName)))
    .toSorted()
    .join();
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

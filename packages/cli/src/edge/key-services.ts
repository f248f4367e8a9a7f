import {
  createKeyServerClient,
  type KeyServerAddress,
  type KeyServerClient,
  type KeyServerClientOptions,
} from '@latchkey/client';

/** The clients of an edge's key servers: one for each set of them, so that sites with the same set share connections. */
export class KeyServices {
  readonly #options: Omit<KeyServerClientOptions, 'keyServers'>;
  readonly #clients = new Map<string, KeyServerClient>();

  /** @param options what all clients have in common */
  constructor(options: Omit<KeyServerClientOptions, 'keyServers'>) {
    this.#options = options;
  }

  /** The client of these key servers, in whatever order they are listed; made when it is asked for first. */
  clientOf(keyServers: readonly KeyServerAddress[]): KeyServerClient {
    const identity = keyServers
      .map((address) => JSON.stringify(Object.entries(address).toSorted(byName)))
      .toSorted()
      .join();
    let client = this.#clients.get(identity);
    if (client === undefined) {
      client = createKeyServerClient({ ...this.#options, keyServers });
      this.#clients.set(identity, client);
    }
    return client;
  }

  /** All clients that have been made. */
  get clients(): readonly KeyServerClient[] {
    return [...this.#clients.values()];
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

import type { Logger } from 'pino';
import type { StoredKey } from '../keys/key-store.js';
import { ExternalKeyStore, type KeyStoreHealth } from './external-key-store.js';
import type { KeyStoreProvider } from './key-store-provider.js';

/** What {@link ExternalKeyStores} work with. */
export interface ExternalKeyStoresOptions {
  readonly logger: Logger;
  /** Called when {@link ExternalKeyStores.keys} are others than before. */
  readonly onKeysChanged: () => void;
}

/** The key stores of a key server that hold their keys themselves. */
export class ExternalKeyStores {
  readonly #stores: readonly { readonly name: string; readonly store: ExternalKeyStore }[];

  constructor(providers: readonly KeyStoreProvider[], options: ExternalKeyStoresOptions) {
    this.#stores = providers.map((provider) => ({
      name: provider.name,
      store: new ExternalKeyStore(provider, options),
    }));
  }

  /** The keys of all stores, in the order of the stores. */
  get keys(): readonly StoredKey[] {
    return this.#stores.flatMap(({ name, store }) =>
      [...store.keys].map(({ description, label }) => ({
        privateKey: description,
        ski: description.ski,
        label,
        file: `${name} (${label})`,
        performer: store,
      })),
    );
  }

  get health(): readonly KeyStoreHealth[] {
    return this.#stores.map(({ store }) => store.health);
  }

  /** Operations that wait, by the store that they wait for. */
  get lanes(): readonly { readonly lane: string; readonly queued: number }[] {
    return this.#stores.map(({ name, store }) => ({ lane: name, queued: store.queueLength }));
  }

  /**
   * Connects to the stores that are not ready, those included that have refused our credentials: at the start and when an
   * operator asks for a reload. Resolves once each has answered, well or not, or after 5 s; slower ones go on connecting.
   */
  async connect(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, CONNECT_PATIENCE);
    });
    await Promise.race([Promise.all(this.#stores.map(({ store }) => store.connect())), patience]);
    clearTimeout(timer);
  }

  /** Fails what is under way and closes all stores. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.#stores.map(({ store }) => store.close()));
  }
}

/** How long the keys of other stores may have to wait for one that does not answer at the start, in milliseconds. */
const CONNECT_PATIENCE = 5000;

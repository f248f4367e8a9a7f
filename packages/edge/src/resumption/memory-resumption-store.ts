import type { ResumptionStore } from './resumption-store.js';

/** How {@link createMemoryResumptionStore} deviates from its defaults. */
export interface MemoryResumptionStoreOptions {
  /** How much is kept: when there is more, the oldest goes first. Default 10000; a session takes about 300 bytes. */
  readonly maximumEntries?: number;
}

/**
 * Makes a store in this process's memory, for servers of one process; or for those of several, of which one has it and
 * the others ask it.
 */
export function createMemoryResumptionStore({
  maximumEntries = 10_000,
}: MemoryResumptionStoreOptions = {}): ResumptionStore {
  const entries = new Map<string, { readonly value: Uint8Array; readonly expiry: number }>();

  const forget = (key: string): void => {
    entries.get(key)?.value.fill(0);
    entries.delete(key);
  };
  const get = (key: string): Uint8Array | undefined => {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiry > performance.now()) return Uint8Array.from(entry.value);
    forget(key);
    return undefined;
  };
  const set = (key: string, value: Uint8Array, lifetime: number): void => {
    forget(key);
    entries.set(key, { value: Uint8Array.from(value), expiry: performance.now() + lifetime * 1000 });
    for (const oldest of entries.keys()) {
      if (entries.size <= maximumEntries) return;
      forget(oldest);
    }
  };
  return {
    get: async (key) => get(key),
    set: async (key, value, lifetime) => set(key, value, lifetime),
    add: async (key, value, lifetime) => {
      const kept = get(key);
      if (kept !== undefined) return kept;
      set(key, value, lifetime);
      return value;
    },
  };
}

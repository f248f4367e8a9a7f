import type { Logger } from 'pino';
import type { KeyFileError } from '../errors.js';
import { succeedKeys } from '../reload/key-succession.js';
import type { LoadedKeys } from './key-files.js';
import { KeyStore, type StoredKey } from './key-store.js';

/** How {@link ServedKeys} work. */
export interface ServedKeysOptions {
  /** The keys that are not in files, as they are now; {@link ServedKeys.collect} is called when they are others. */
  readonly externalKeys: () => readonly StoredKey[];
  /** For how long an operation that has been begun may be under way, in milliseconds. */
  readonly operationTimeout: number;
  readonly logger: Logger;
}

/** What a reload has changed about the keys in files. */
export interface KeyChanges {
  /** How many keys are served that were not before. */
  readonly added: number;
  /** How many are not served any more. */
  readonly removed: number;
  /** How many are served as they were, since their files cannot be used any more. */
  readonly retained: number;
}

/** The keys that a key server serves: those in files, which reloads replace, and others, which come and go. */
export class ServedKeys {
  readonly #options: ServedKeysOptions;
  /** Those that are not served any more, until no operation is under way with them. */
  readonly #retired = new Set<StoredKey>();
  #fileKeys: KeyStore;
  #problems: readonly KeyFileError[];
  #current: KeyStore;

  constructor({ keys, problems }: LoadedKeys, options: ServedKeysOptions) {
    this.#options = options;
    this.#fileKeys = keys;
    this.#problems = problems;
    this.#current = keys;
    for (const { file, reason } of problems) options.logger.error({ file }, `key not served: ${reason}`);
    this.#nameDuplicates();
  }

  /** All of them; another object when they have changed. */
  get current(): KeyStore {
    return this.#current;
  }

  /** Files that could not be used when they were last loaded. */
  get problems(): readonly KeyFileError[] {
    return this.#problems;
  }

  /** Serves those that are now in files. Operations under way with keys that are not there any more end well. */
  replace(loaded: LoadedKeys): KeyChanges {
    const { keys, added, retained, retired } = succeedKeys(this.#fileKeys, loaded);
    this.#fileKeys = keys;
    this.#problems = loaded.problems;
    for (const { file, reason } of loaded.problems) {
      this.#options.logger.error({ file }, `not reloaded, what it held before is still served: ${reason}`);
    }
    this.#retire(retired);
    if (added.length > 0 || retired.length > 0) this.collect();
    return { added: added.length, removed: retired.length, retained: retained.length };
  }

  /** Serves the keys that are now not in files. */
  collect(): void {
    this.#current = new KeyStore([...this.#fileKeys, ...this.#options.externalKeys()]);
    this.#nameDuplicates();
  }

  /** Forgets the keys in files. */
  dispose(): void {
    this.#fileKeys.dispose();
    this.#dispose(this.#retired);
  }

  #retire(keys: readonly StoredKey[]): void {
    for (const key of keys) this.#retired.add(key);
    // An operation that waits for a worker knows its key by the handle only; by then it has its answer.
    if (keys.length > 0)
      setTimeout(() => this.#dispose(keys), this.#options.operationTimeout + GRACE).unref();
  }

  #dispose(keys: Iterable<StoredKey>): void {
    for (const key of keys) {
      key.privateKey.dispose();
      this.#retired.delete(key);
    }
  }

  #nameDuplicates(): void {
    for (const { file } of this.#current.duplicates)
      this.#options.logger.warn({ file }, 'this key is served from another place already');
  }
}

/** By how much the answer to an operation may come after its deadline, generously, in milliseconds. */
const GRACE = 1000;

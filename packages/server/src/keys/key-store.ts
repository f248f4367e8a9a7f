import { basename } from 'node:path';
import type { KeyReference } from '@latchkey/codec';
import type { PrivateKey } from '@latchkey/native';
import type { KeyDescription } from '../key-stores/key-description.js';
import type { PolicyKey } from '../policy/policy.js';
import type { JobExecutor } from '../pool/job.js';
import { type Lane, laneOf } from '../pool/lane.js';
import { HashIndex } from './hash-index.js';

/** A key that is served, and where it came from. */
export interface StoredKey extends PolicyKey {
  readonly privateKey: KeyDescription;
  /** Its file; or where it is on a token or the like, the store's name and its label there. */
  readonly file: string;
  /** Who performs its operations: a lane of this process, or somebody else. */
  readonly performer: Lane | JobExecutor;
}

/** A key from a file is called by the file's name. */
export function storedKey(privateKey: PrivateKey, file: string): StoredKey {
  return {
    privateKey,
    ski: privateKey.ski,
    label: basename(file, '.key'),
    file,
    performer: laneOf(privateKey),
  };
}

/** The keys of a key server, by what requests call them. Does not change: a reload makes another one. */
export class KeyStore implements Iterable<StoredKey> {
  readonly #keys: StoredKey[] = [];
  readonly #bySki = new HashIndex<StoredKey>();
  readonly #byModulusDigest = new HashIndex<StoredKey>();
  readonly #duplicates: StoredKey[] = [];

  /** @param keys of those that are the same key, the first is taken */
  constructor(keys: Iterable<StoredKey>) {
    for (const key of keys) this.#add(key);
  }

  /** How many different keys there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** Those that hold a key which came before. */
  get duplicates(): readonly StoredKey[] {
    return this.#duplicates;
  }

  /**
   * The key that a request means: the SKI decides when it is there, then the certificate digest. None where neither
   * names a key of ours.
   */
  findKey({ ski, certificateDigest }: KeyReference): StoredKey | undefined {
    if (ski !== undefined) return this.#bySki.find(ski);
    if (certificateDigest !== undefined) return this.#byModulusDigest.find(certificateDigest);
    return undefined;
  }

  /** The keys in the order in which they were loaded. */
  [Symbol.iterator](): Iterator<StoredKey> {
    return this.#keys.values();
  }

  /** Forgets all keys; operations under way with them still end well. */
  dispose(): void {
    for (const { privateKey } of this) privateKey.dispose();
    for (const { privateKey } of this.#duplicates) privateKey.dispose();
  }

  #add(key: StoredKey): void {
    const { ski, modulusDigest } = key.privateKey;
    if (!this.#bySki.add(ski, key)) {
      this.#duplicates.push(key);
      return;
    }
    this.#keys.push(key);
    if (modulusDigest !== undefined) this.#byModulusDigest.add(modulusDigest, key);
  }
}

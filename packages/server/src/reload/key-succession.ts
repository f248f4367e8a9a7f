import { sep } from 'node:path';
import type { LoadedKeys } from '../keys/key-files.js';
import { KeyStore, type StoredKey } from '../keys/key-store.js';

/** What becomes of the keys in files at a reload. */
export interface KeySuccession {
  /** Those to serve from now on. */
  readonly keys: KeyStore;
  /** Of them, those that were not served before. */
  readonly added: readonly StoredKey[];
  /** Of them, those whose files cannot be used any more: they are served as they were. */
  readonly retained: readonly StoredKey[];
  /** Those that are not served any more. Operations may be under way with them. */
  readonly retired: readonly StoredKey[];
}

/**
 * Takes over from one set of keys to the next.
 *
 * A key that is there again stays the same object, so that what is known about it stays known. What was loaded for it
 * anew is disposed of.
 */
export function succeedKeys(previous: KeyStore, { keys: loaded, problems }: LoadedKeys): KeySuccession {
  const before = new Map([...previous, ...previous.duplicates].map((key) => [key.file, key]));
  const current = new Map<string, StoredKey>();
  for (const key of [...loaded, ...loaded.duplicates]) {
    const known = before.get(key.file);
    if (known !== undefined && Buffer.compare(known.ski, key.ski) === 0) {
      key.privateKey.dispose();
      current.set(key.file, known);
    } else {
      current.set(key.file, key);
    }
  }
  const retained = [...before.values()].filter(
    ({ file }) => !current.has(file) && problems.some((problem) => contains(problem.file, file)),
  );
  const keys = new KeyStore([...current.values(), ...retained]);
  const isServed = new Set([...keys, ...keys.duplicates]);
  const wasServed = new Set(before.values());
  return {
    keys,
    added: [...current.values()].filter((key) => !wasServed.has(key)),
    retained,
    retired: [...wasServed].filter((key) => !isServed.has(key)),
  };
}

function contains(path: string, file: string): boolean {
  return file === path || file.startsWith(path + sep);
}

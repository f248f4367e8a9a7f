import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { PrivateKey } from '@latchkey/native';
import type { KeyStoreLocation } from '../configuration/configuration.js';
import { KeyFileError } from '../errors.js';
import { filesBelow } from '../folder-files.js';
import { reasonOf } from '../system-error.js';
import { KeyStore, type StoredKey, storedKey } from './key-store.js';
import { readPassphrase } from './passphrase.js';

/** What was found where keys should be. */
export interface LoadedKeys {
  readonly keys: KeyStore;
  /** Files and folders that could not be used; the keys in the others are served. */
  readonly problems: readonly KeyFileError[];
}

/**
 * Loads the private keys of all locations: PEM or DER; PKCS#8, PKCS#1 or SEC1; encrypted where a passphrase is given.
 *
 * Folders are searched with their subfolders for `*.key`. Symbolic links to files are followed, links to folders are not.
 * Names that begin with two dots are passed over: Kubernetes keeps the versions of a mounted secret there.
 */
export async function loadKeys(locations: readonly KeyStoreLocation[]): Promise<LoadedKeys> {
  const keys: StoredKey[] = [];
  const problems: KeyFileError[] = [];
  for (const location of locations) {
    const passphrase = await passphraseOf(location, problems);
    for await (const file of filesOf(location, problems)) {
      try {
        keys.push(storedKey(await readKeyFile(file, passphrase), file));
      } catch (error) {
        problems.push(new KeyFileError(file, reasonOf(error)));
      }
    }
    passphrase?.fill(0);
  }
  return { keys: new KeyStore(keys), problems };
}

/** More than any key file has: an RSA key of 16384 bits takes 13 kB of PEM. */
const MAXIMUM_FILE_LENGTH = 64 * 1024;

async function* filesOf({ type, path }: KeyStoreLocation, problems: KeyFileError[]): AsyncGenerator<string> {
  // In a stable order: of two files with one key, the same is taken each time.
  if (type === 'directory')
    yield* filesBelow(path, ['.key'], (folder, error) =>
      problems.push(new KeyFileError(folder, reasonOf(error))),
    );
  else yield path;
}

/** Without the passphrase, keys that are not encrypted are served all the same. */
async function passphraseOf(
  { path, passphrase }: KeyStoreLocation,
  problems: KeyFileError[],
): Promise<Uint8Array | undefined> {
  if (passphrase === undefined) return undefined;
  try {
    return await readPassphrase(passphrase);
  } catch (error) {
    problems.push(new KeyFileError(path, `its passphrase cannot be read: ${reasonOf(error)}`));
    return undefined;
  }
}

async function readKeyFile(path: string, passphrase: Uint8Array | undefined): Promise<PrivateKey> {
  // O_NONBLOCK: a named pipe would wait for its other end.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const bytes = Buffer.alloc(MAXIMUM_FILE_LENGTH + 1);
  try {
    if (!(await file.stat()).isFile()) throw new Error('this is not a regular file');
    const { bytesRead } = await file.read(bytes);
    if (bytesRead > MAXIMUM_FILE_LENGTH) throw new Error('this file is longer than any private key');
    return PrivateKey.parse(bytes.subarray(0, bytesRead), passphrase && { passphrase });
  } finally {
    bytes.fill(0);
    await file.close();
  }
}

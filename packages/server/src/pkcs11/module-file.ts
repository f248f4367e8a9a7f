import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { KeyStoreUnavailableError } from '../key-stores/key-store-provider.js';
import type { Pkcs11Uri } from './pkcs11-uri.js';

/**
 * The file of a PKCS#11 module.
 *
 * @throws {KeyStoreUnavailableError} where there is none
 */
export function moduleFile(module: Pkcs11Uri['module']): string {
  if (module.type === 'path') {
    if (existsSync(module.path)) return module.path;
    throw new KeyStoreUnavailableError(`there is no PKCS#11 module ${module.path}: mind module-path`);
  }
  const { name } = module;
  const files = FOLDERS.flatMap((folder) =>
    [`lib${name}.so`, `${name}.so`].map((file) => join(folder, file)),
  );
  const found = files.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new KeyStoreUnavailableError(
    `there is no PKCS#11 module ${name} in the usual folders: use module-path instead of module-name`,
  );
}

/** Where distributions put PKCS#11 modules. */
const FOLDERS = [
  '/usr/lib/x86_64-linux-gnu/pkcs11',
  '/usr/lib/aarch64-linux-gnu/pkcs11',
  '/usr/lib64/pkcs11',
  '/usr/lib/pkcs11',
  '/usr/lib/softhsm',
  '/usr/lib64/softhsm',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib/softhsm',
  '/usr/local/lib',
];

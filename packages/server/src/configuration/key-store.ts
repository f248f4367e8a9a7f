import { z } from 'zod';
import { parsePkcs11Uri, type Pkcs11Uri, Pkcs11UriError } from '../pkcs11/pkcs11-uri.js';
import type { KeyStoreLocation, PassphraseSource } from './configuration.js';
import { fail, path, text, valueKinds } from './values.js';

/** What one entry of `private_key_stores` says. */
export type KeyStoreEntry =
  | { readonly type: 'location'; readonly location: KeyStoreLocation }
  | { readonly type: 'pkcs11'; readonly uri: Pkcs11Uri };

/** What may stand in `private_key_stores`: a folder or file, perhaps with a passphrase, or a URI. */
export function keyStore() {
  const store = z.looseObject(
    {
      dir: path().nullish(),
      file: path().nullish(),
      uri: text('must be a PKCS#11 URI').nullish(),
      passphrase_file: path().nullish(),
      passphrase_env: text('must be the name of an environment variable').nullish(),
    },
    ONE_OF_THREE,
  );
  store.register(valueKinds, { placeholder: 'YAML', jsonSchema: { additionalProperties: false } });
  return store.transform((fields, context): KeyStoreEntry => {
    const { dir, file, uri, passphrase_file, passphrase_env, ...unknown } = fields;
    if (Object.keys(unknown).length > 0 || [dir, file, uri].filter(Boolean).length !== 1)
      return fail(context, ONE_OF_THREE);
    if (passphrase_file && passphrase_env)
      return fail(context, 'has both passphrase_file and passphrase_env: keep one');
    const passphrase = toPassphrase(passphrase_file, passphrase_env);
    if (uri) {
      if (passphrase !== undefined)
        return fail(context, 'a uri has no passphrase: a PIN is given by its pin-source or pin-value');
      return readUri(uri, context);
    }
    const location = dir
      ? { type: 'directory' as const, path: dir }
      : { type: 'file' as const, path: file ?? '' };
    return { type: 'location', location: { ...location, ...(passphrase && { passphrase }) } };
  });
}

const ONE_OF_THREE =
  'must be one of "dir: FOLDER", "file: FILE" (these also with passphrase_file or passphrase_env) and "uri: PKCS#11 URI"';

function toPassphrase(
  file: string | null | undefined,
  environmentVariable: string | null | undefined,
): PassphraseSource | undefined {
  if (file) return { type: 'file', path: file };
  return environmentVariable ? { type: 'environment', name: environmentVariable } : undefined;
}

function readUri(uri: string, context: z.core.$RefinementCtx): KeyStoreEntry {
  try {
    return { type: 'pkcs11', uri: parsePkcs11Uri(uri) };
  } catch (error) {
    // Its messages name the attribute and repeat no value: there may be a PIN in the URI.
    if (error instanceof Pkcs11UriError) return fail(context, error.message);
    throw error;
  }
}

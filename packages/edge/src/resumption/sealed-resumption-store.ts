import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { ResumptionStoreError } from '../errors.js';
import type { ResumptionStore } from './resumption-store.js';

/**
 * Encrypts what goes into a store, so that whoever has the store can neither read it nor put anything in another's
 * place: AES-256-GCM, each value under a key of its own (HKDF of the secret, RFC 5869), bound to the key that it is kept
 * under. What cannot be opened rejects with {@link ResumptionStoreError}.
 *
 * @param secret 32 bytes that nobody could guess, the same for all who share the store; copied, so the caller can wipe it
 * @throws RangeError for a secret of another length
 */
export function sealResumptionStore(store: ResumptionStore, secret: Uint8Array): ResumptionStore {
  if (secret.length !== SECRET_LENGTH) throw new RangeError(`the secret must have ${SECRET_LENGTH} bytes`);
  const secretKey = createSecretKey(Uint8Array.from(secret));
  return {
    get: async (key) => {
      const sealed = await store.get(key);
      return sealed && open(secretKey, key, sealed);
    },
    set: (key, value, lifetime) => store.set(key, seal(secretKey, key, value), lifetime),
    add: async (key, value, lifetime) =>
      open(secretKey, key, await store.add(key, seal(secretKey, key, value), lifetime)),
  };
}

const VERSION = 1;
const SECRET_LENGTH = 32;
const SALT_LENGTH = 32;
const TAG_LENGTH = 16;
const HEADER_LENGTH = 1 + SALT_LENGTH;
/** Each key encrypts once. */
const NONCE = Buffer.alloc(12);

/** Version (1 byte), salt (32), ciphertext, tag (16). */
function seal(secret: KeyObject, key: string, value: Uint8Array): Uint8Array {
  const salt = randomBytes(SALT_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', valueKey(secret, salt), NONCE);
  cipher.setAAD(Buffer.from(key));
  return Buffer.concat([Buffer.of(VERSION), salt, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
}

function open(secret: KeyObject, key: string, sealed: Uint8Array): Uint8Array {
  if (sealed.length < HEADER_LENGTH + TAG_LENGTH || sealed[0] !== VERSION)
    throw new ResumptionStoreError(`what is kept as ${key} was not put there by an edge`);
  const decipher = createDecipheriv(
    'aes-256-gcm',
    valueKey(secret, sealed.subarray(1, HEADER_LENGTH)),
    NONCE,
  );
  decipher.setAAD(Buffer.from(key));
  decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(HEADER_LENGTH, -TAG_LENGTH)), decipher.final()]);
  } catch {
    throw new ResumptionStoreError(`what is kept as ${key} is under another secret, or is damaged`);
  }
}

function valueKey(secret: KeyObject, salt: Uint8Array): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', secret, salt, 'latchkey resumption store', 32)));
}

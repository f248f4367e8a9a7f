import { createHash } from 'node:crypto';
import type { HashAlgorithm, SignatureScheme } from '@latchkey/codec';
import { OperationCode } from '@latchkey/native';
import type { OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import type { RemoteKeyDescription } from './key-description.js';
import type { ProvidedKeyOperation } from './key-store-provider.js';

/**
 * What a job means for a key that is elsewhere: checked to fit it, and hashed where a message came. So a store is never
 * asked for what must fail, and no requester can make a healthy one look broken.
 */
export function toProvidedOperation(
  { code, payload, options }: Pick<PrivateKeyOperation, 'code' | 'payload' | 'options'>,
  key: RemoteKeyDescription,
): ProvidedKeyOperation | OperationFailure {
  if (code === OperationCode.decrypt_block) {
    return isCiphertextFor(key, payload)
      ? { type: 'decrypt_block', ciphertext: payload }
      : 'cryptography_failed';
  }
  const scheme = SCHEMES.get(code);
  if (scheme === undefined || !fits(scheme, key.type)) return 'cryptography_failed';
  if (scheme === 'ed25519') return { type: 'sign_message', scheme, message: payload };
  const hash = HASHES[hashOf(scheme)];
  const digest =
    options?.payloadIsMessage === true ? createHash(hash.name).update(payload).digest() : payload;
  return digest.length === hash.length ? { type: 'sign_digest', scheme, digest } : 'cryptography_failed';
}

/** Not in it: decrypting premaster secrets, which no token does and which must not be undone from a raw block here. */
const SCHEMES: ReadonlyMap<OperationCode, SignatureScheme> = new Map(
  Object.entries(OperationCode)
    .filter(([name]) => !name.startsWith('decrypt_'))
    .map(([name, code]) => [code, name as SignatureScheme]),
);

const HASHES: Readonly<Record<HashAlgorithm, { readonly name: string; readonly length: number }>> = {
  md5_sha1: { name: 'md5-sha1', length: 36 },
  sha1: { name: 'sha1', length: 20 },
  sha224: { name: 'sha224', length: 28 },
  sha256: { name: 'sha256', length: 32 },
  sha384: { name: 'sha384', length: 48 },
  sha512: { name: 'sha512', length: 64 },
};

/** The hash of a scheme that signs a digest. */
export function hashOf(scheme: Exclude<SignatureScheme, 'ed25519'>): HashAlgorithm {
  return scheme.replace(/^(rsa_pkcs1|rsa_pss|ecdsa)_/, '') as HashAlgorithm;
}

function fits(scheme: SignatureScheme, type: RemoteKeyDescription['type']): boolean {
  if (scheme.startsWith('rsa_pss_')) return type === 'rsa' || type === 'rsa_pss';
  if (scheme.startsWith('rsa_pkcs1_')) return type === 'rsa';
  return scheme === 'ed25519' ? type === 'ed25519' : type === 'ecdsa';
}

/** RSADP takes numbers below the modulus (RFC 8017, section 5.1.2). */
function isCiphertextFor({ type, modulus }: RemoteKeyDescription, ciphertext: Uint8Array): boolean {
  if (type !== 'rsa' || modulus === undefined) return false;
  return ciphertext.length === modulus.length && Buffer.compare(ciphertext, modulus) < 0;
}

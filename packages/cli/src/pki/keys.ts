import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** Keys that a certificate can be made for. `rsa-pss-2048` has the OID id-RSASSA-PSS (RFC 4055, section 1.2). */
export type KeyAlgorithm =
  'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'rsa-pss-2048' | 'p-256' | 'p-384' | 'p-521' | 'ed25519';

/** A private key and the public key that belongs to it. */
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(generateKeyPair);

const GENERATORS: Readonly<Record<KeyAlgorithm, () => Promise<KeyPair>>> = {
  'rsa-2048': () => generate('rsa', { modulusLength: 2048 }),
  'rsa-3072': () => generate('rsa', { modulusLength: 3072 }),
  'rsa-4096': () => generate('rsa', { modulusLength: 4096 }),
  'rsa-pss-2048': () => generate('rsa-pss', { modulusLength: 2048 }),
  'p-256': () => generate('ec', { namedCurve: 'P-256' }),
  'p-384': () => generate('ec', { namedCurve: 'P-384' }),
  'p-521': () => generate('ec', { namedCurve: 'P-521' }),
  ed25519: () => generate('ed25519'),
};

/** The names of all {@link KeyAlgorithm}s. */
export const KEY_ALGORITHMS = Object.keys(GENERATORS) as readonly KeyAlgorithm[];

/** Makes a new key in a thread of its own. */
export function makeKeyPair(algorithm: KeyAlgorithm): Promise<KeyPair> {
  return GENERATORS[algorithm]();
}

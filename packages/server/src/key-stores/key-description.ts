import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { type KeyCurve, type KeyType, type PrivateKey, subjectKeyIdentifier } from '@latchkey/native';

/** What a key server needs to know of a private key, wherever that is. */
export type KeyDescription = Pick<
  PrivateKey,
  'handle' | 'type' | 'bits' | 'curve' | 'subjectPublicKeyInfo' | 'ski' | 'modulusDigest' | 'dispose'
>;

/** A private key that is elsewhere. */
export interface RemoteKeyDescription extends KeyDescription {
  /** For RSA keys: big endian, without leading zeros. */
  readonly modulus: Uint8Array | undefined;
}

/**
 * Describes a key by its public half.
 *
 * @param handle what names it to whoever performs its operations
 * @throws Error that says in a few words why such a key is not served
 */
export function describeKey(subjectPublicKeyInfo: Uint8Array, handle: number): RemoteKeyDescription {
  const publicKey = parse(subjectPublicKeyInfo);
  const modulus = modulusOf(publicKey);
  return {
    handle,
    ...typeOf(publicKey),
    subjectPublicKeyInfo,
    ski: subjectKeyIdentifier(subjectPublicKeyInfo),
    modulus,
    modulusDigest: modulus && digestOf(modulus),
    // The key is not ours to forget.
    dispose: () => {},
  };
}

function parse(subjectPublicKeyInfo: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(subjectPublicKeyInfo), format: 'der', type: 'spki' });
  } catch {
    throw new Error('its public key cannot be read');
  }
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): {
  readonly type: KeyType;
  readonly bits: number;
  readonly curve: KeyCurve | undefined;
} {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  switch (asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      if (bits < 1024 || bits > 16_384) throw new Error('it has fewer than 1024 or more than 16384 bits');
      return { type: asymmetricKeyType === 'rsa' ? 'rsa' : 'rsa_pss', bits, curve: undefined };
    case 'ec': {
      const curve = CURVES.get(asymmetricKeyDetails?.namedCurve ?? '');
      if (curve === undefined) throw new Error('its curve is not P-256, P-384 or P-521');
      return { type: 'ecdsa', ...curve };
    }
    case 'ed25519':
      return { type: 'ed25519', bits: 256, curve: undefined };
    default:
      throw new Error('it is neither RSA, RSA-PSS, EC nor Ed25519');
  }
}

/** By OpenSSL's names. */
const CURVES: ReadonlyMap<string, { readonly curve: KeyCurve; readonly bits: number }> = new Map([
  ['prime256v1', { curve: 'secp256r1', bits: 256 }],
  ['secp384r1', { curve: 'secp384r1', bits: 384 }],
  ['secp521r1', { curve: 'secp521r1', bits: 521 }],
]);

function modulusOf(publicKey: KeyObject): Uint8Array | undefined {
  // A key whose OID is id-RSASSA-PSS has no JWK; it cannot be named by its modulus then, nor does it decrypt.
  if (publicKey.asymmetricKeyType !== 'rsa') return undefined;
  const { n } = publicKey.export({ format: 'jwk' });
  return n === undefined ? undefined : new Uint8Array(Buffer.from(n, 'base64url'));
}

/** The historic certificate digest of Keyless SSL v1: docs/protocol/kssl1.md, tag 0x01. */
function digestOf(modulus: Uint8Array): Uint8Array {
  const text = Buffer.from(modulus).toString('hex').toUpperCase().replace(/^0+/, '');
  return new Uint8Array(createHash('sha256').update(text).digest());
}

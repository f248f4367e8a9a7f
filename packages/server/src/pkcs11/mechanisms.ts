import type { HashAlgorithm, SignDigestOperation } from '@latchkey/codec';
import type { ProvidedKeyOperation } from '../key-stores/key-store-provider.js';
import { hashOf } from '../key-stores/provided-operation.js';
import { type Mechanism, PSS_PARAMETERS } from './cryptoki.js';

/** How a token is asked for an operation. */
export interface TokenOperation {
  readonly function: 'sign' | 'decrypt';
  readonly mechanism: Mechanism;
  readonly input: Uint8Array;
  /** Makes of the token's output what the protocol has; always a copy. */
  readonly finish: (output: Uint8Array) => Uint8Array;
}

/**
 * The mechanism for an operation, and its input. Tokens get digests, never messages to hash, except for Ed25519.
 *
 * @param orderLength of the order of the key's curve, in bytes; 0 for other keys
 */
export function toTokenOperation(operation: ProvidedKeyOperation, orderLength: number): TokenOperation {
  if (operation.type === 'sign_digest') return toSignature(operation, orderLength);
  if (operation.type === 'sign_message')
    return { function: 'sign', mechanism: { mechanism: CKM_EDDSA }, input: operation.message, finish: copy };
  const { ciphertext } = operation;
  return {
    function: 'decrypt',
    mechanism: { mechanism: CKM_RSA_X_509 },
    input: ciphertext,
    finish: (block) => padLeft(block, ciphertext.length),
  };
}

/** ECDSA-Sig-Value (RFC 3279, section 2.2.3) of r and s one after the other, which is what tokens give. */
export function encodeEcdsaSignature(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const body = Buffer.concat([
    encodeInteger(signature.subarray(0, half)),
    encodeInteger(signature.subarray(half)),
  ]);
  const header = body.length < 0x80 ? [DER_SEQUENCE, body.length] : [DER_SEQUENCE, 0x81, body.length];
  return Uint8Array.from([...header, ...body]);
}

const CKM_RSA_PKCS = 0x01;
const CKM_RSA_X_509 = 0x03;
const CKM_RSA_PKCS_PSS = 0x0d;
const CKM_ECDSA = 0x1041;
const CKM_EDDSA = 0x1057;

function toSignature({ scheme, digest }: SignDigestOperation, orderLength: number): TokenOperation {
  const hash = hashOf(scheme);
  if (scheme.startsWith('ecdsa_')) {
    // The leftmost bits (FIPS 186-5, section 6.4.1): tokens differ in whether they cut off the others themselves.
    const input = digest.subarray(0, orderLength);
    return { function: 'sign', mechanism: { mechanism: CKM_ECDSA }, input, finish: encodeEcdsaSignature };
  }
  if (scheme.startsWith('rsa_pss_')) {
    const parameter = { type: PSS_PARAMETERS, ...PSS_HASHES[hash], saltLen: digest.length };
    return {
      function: 'sign',
      mechanism: { mechanism: CKM_RSA_PKCS_PSS, parameter },
      input: digest,
      finish: copy,
    };
  }
  const input = Buffer.concat([Buffer.from(DIGEST_INFO_PREFIXES[hash], 'hex'), digest]);
  return { function: 'sign', mechanism: { mechanism: CKM_RSA_PKCS }, input, finish: copy };
}

/** DigestInfo up to the digest (RFC 8017, section 9.2, note 1); none for MD5 with SHA-1 (RFC 4346, section 7.4.3). */
const DIGEST_INFO_PREFIXES: Readonly<Record<HashAlgorithm, string>> = {
  md5_sha1: '',
  sha1: '3021300906052b0e03021a05000414',
  sha224: '302d300d06096086480165030402040500041c',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
};

/** CKM_SHA* and CKG_MGF1_SHA*. */
const PSS_HASHES: Readonly<Record<HashAlgorithm, { readonly hashAlg: number; readonly mgf: number }>> = {
  md5_sha1: { hashAlg: 0, mgf: 0 },
  sha1: { hashAlg: 0x220, mgf: 1 },
  sha224: { hashAlg: 0x255, mgf: 5 },
  sha256: { hashAlg: 0x250, mgf: 2 },
  sha384: { hashAlg: 0x260, mgf: 3 },
  sha512: { hashAlg: 0x270, mgf: 4 },
};

const DER_SEQUENCE = 0x30;
const DER_INTEGER = 0x02;

/** INTEGER of an unsigned number of less than 128 bytes. */
function encodeInteger(number: Uint8Array): Uint8Array {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? new Uint8Array(1) : number.subarray(start);
  const isNegative = (digits[0] ?? 0) >= 0x80;
  return Uint8Array.from([
    DER_INTEGER,
    digits.length + (isNegative ? 1 : 0),
    ...(isNegative ? [0] : []),
    ...digits,
  ]);
}

/** Some tokens leave out leading zeros. */
function padLeft(block: Uint8Array, length: number): Uint8Array {
  const padded = new Uint8Array(length);
  padded.set(block, length - block.length);
  return padded;
}

function copy(output: Uint8Array): Uint8Array {
  return Uint8Array.from(output);
}

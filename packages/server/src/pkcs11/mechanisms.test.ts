import { createHash, constants, generateKeyPairSync, privateEncrypt, sign, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEcdsaSignature, toTokenOperation } from './mechanisms.js';

const MESSAGE = Buffer.from('what is signed');

describe('toTokenOperation', () => {
  it('gives a token the very block that PKCS#1 v1.5 signatures have', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    for (const [hash, name] of [
      ['sha1', 'RSA-SHA1'],
      ['sha224', 'RSA-SHA224'],
      ['sha256', 'RSA-SHA256'],
      ['sha384', 'RSA-SHA384'],
      ['sha512', 'RSA-SHA512'],
    ] as const) {
      const digest = createHash(hash).update(MESSAGE).digest();
      const { input } = toTokenOperation({ type: 'sign_digest', scheme: `rsa_pkcs1_${hash}`, digest }, 0);
      // CKM_RSA_PKCS: padded as it is.
      const signature = privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, input);
      expect(verify(name, MESSAGE, publicKey, signature)).toBe(true);
    }
  });

  it('gives a token MD5 with SHA-1 as it is', () => {
    const digest = createHash('md5-sha1').update(MESSAGE).digest();
    expect(toTokenOperation({ type: 'sign_digest', scheme: 'rsa_pkcs1_md5_sha1', digest }, 0).input).toEqual(
      digest,
    );
  });

  it("cuts a digest off at the order's length, for tokens that refuse longer ones", () => {
    const digest = createHash('sha512').update(MESSAGE).digest();
    expect(toTokenOperation({ type: 'sign_digest', scheme: 'ecdsa_sha512', digest }, 32).input).toEqual(
      digest.subarray(0, 32),
    );
    expect(toTokenOperation({ type: 'sign_digest', scheme: 'ecdsa_sha512', digest }, 66).input).toEqual(
      digest,
    );
  });

  it('pads a decrypted block that a token has left the zeros away from', () => {
    const operation = { type: 'decrypt_block', ciphertext: new Uint8Array(8) } as const;
    expect(toTokenOperation(operation, 0).finish(Uint8Array.of(2, 3))).toEqual(
      Uint8Array.of(0, 0, 0, 0, 0, 0, 2, 3),
    );
  });
});

describe('encodeEcdsaSignature', () => {
  it.each(['P-256', 'P-384', 'P-521'])('makes signatures on %s that verify', (namedCurve) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
    for (let count = 0; count < 20; count++) {
      const raw = sign('sha256', MESSAGE, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      expect(verify('sha256', MESSAGE, publicKey, encodeEcdsaSignature(raw))).toBe(true);
    }
  });

  it('encodes any r and s minimally', () => {
    const numbers = fc
      .uint8Array({ minLength: 66, maxLength: 66 })
      .map((bytes) => bytes.map((byte, index) => (index < 3 ? byte & 1 : byte)));
    fc.assert(
      fc.property(numbers, numbers, (r, s) => {
        const der = encodeEcdsaSignature(Buffer.concat([r, s]));
        expect(readIntegers(der)).toEqual(
          [r, s].map((bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)),
        );
      }),
    );
  });
});

function readIntegers(der: Uint8Array): bigint[] {
  const bytes = Buffer.from(der);
  const start = bytes[1] === 0x81 ? 3 : 2;
  expect(bytes[0]).toBe(0x30);
  expect(bytes[start - 1]).toBe(bytes.length - start);
  const integers: bigint[] = [];
  for (let offset = start; offset < bytes.length;) {
    const [tag, length = 0, first = 0, second = 0] = bytes.subarray(offset);
    expect(tag).toBe(0x02);
    // Minimal, and not negative (X.690, section 8.3.2).
    expect(first < 0x80 && (length === 1 || first !== 0 || second >= 0x80)).toBe(true);
    integers.push(BigInt(`0x${bytes.toString('hex', offset + 2, offset + 2 + length)}`));
    offset += 2 + length;
  }
  return integers;
}

import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { OperationCode, PrivateKey } from '@latchkey/native';
import { describe, expect, it } from 'vitest';
import { describeKey, type RemoteKeyDescription } from './key-description.js';
import { toProvidedOperation } from './provided-operation.js';

const PAIRS = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  rsa_pss: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }),
  ecdsa: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ed25519: generateKeyPairSync('ed25519'),
};
const KEYS = Object.fromEntries(
  Object.entries(PAIRS).map(([type, { publicKey }]) => [type, described(publicKey)]),
) as Record<keyof typeof PAIRS, RemoteKeyDescription>;

function described(publicKey: KeyObject): RemoteKeyDescription {
  return describeKey(publicKey.export({ type: 'spki', format: 'der' }), 7);
}

describe('describeKey', () => {
  it.each(['rsa', 'ecdsa', 'ed25519'] as const)(
    'says of a public key what PrivateKey says of the private one (%s)',
    (type) => {
      const { privateKey, publicKey } = PAIRS[type];
      const own = PrivateKey.parse(privateKey.export({ type: 'pkcs8', format: 'der' }));
      const { type: keyType, bits, curve, ski, modulusDigest } = own;
      expect(described(publicKey)).toMatchObject({
        handle: 7,
        type: keyType,
        bits,
        curve,
        ski,
        modulusDigest,
      });
      own.dispose();
    },
  );

  it('says why a key is not served', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    expect(() => described(publicKey)).toThrow('its curve is not P-256, P-384 or P-521');
    expect(() => described(generateKeyPairSync('x25519').publicKey)).toThrow(
      'neither RSA, RSA-PSS, EC nor Ed25519',
    );
    expect(() => describeKey(new Uint8Array(3), 7)).toThrow('cannot be read');
  });
});

describe('toProvidedOperation', () => {
  const digest = new Uint8Array(32);

  it('lets through what fits the key, and nothing else', () => {
    const sign = (code: OperationCode, payload = digest) =>
      Object.entries(KEYS)
        .filter(([, key]) => typeof toProvidedOperation({ code, payload }, key) !== 'string')
        .map(([type]) => type);
    expect(sign(OperationCode.rsa_pkcs1_sha256)).toEqual(['rsa']);
    expect(sign(OperationCode.rsa_pss_sha256)).toEqual(['rsa', 'rsa_pss']);
    expect(sign(OperationCode.ecdsa_sha256)).toEqual(['ecdsa']);
    expect(sign(OperationCode.ed25519)).toEqual(['ed25519']);
    expect(sign(OperationCode.ecdsa_sha256, new Uint8Array(31))).toEqual([]);
    expect(sign(OperationCode.decrypt_premaster, new Uint8Array(256))).toEqual([]);
  });

  it('hashes a message, so that no token has to', () => {
    const payload = Buffer.from('message');
    const operation = toProvidedOperation(
      { code: OperationCode.ecdsa_sha384, payload, options: { payloadIsMessage: true } },
      KEYS.ecdsa,
    );
    expect(operation).toEqual({
      type: 'sign_digest',
      scheme: 'ecdsa_sha384',
      digest: createHash('sha384').update(payload).digest(),
    });
  });

  it('asks for no decryption of what is not smaller than the modulus: some tokens would fail as if they were gone', () => {
    const decrypt = (payload: Uint8Array) =>
      toProvidedOperation({ code: OperationCode.decrypt_block, payload }, KEYS.rsa);
    const ciphertext = new Uint8Array(256);
    expect(decrypt(ciphertext)).toEqual({ type: 'decrypt_block', ciphertext });
    expect(decrypt(KEYS.rsa.modulus!)).toBe('cryptography_failed');
    expect(decrypt(new Uint8Array(256).fill(0xff))).toBe('cryptography_failed');
    expect(decrypt(new Uint8Array(255))).toBe('cryptography_failed');
  });
});

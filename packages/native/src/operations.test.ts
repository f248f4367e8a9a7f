import {
  constants,
  createHash,
  generateKeyPairSync,
  publicDecrypt,
  publicEncrypt,
  randomBytes,
  verify,
} from 'node:crypto';
import type { KeyObject, KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyOperationError } from './key-errors.js';
import { OperationCode } from './operation-code.js';
import { PrivateKey } from './private-key.js';

const rsa = withPrivateKey(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const rsaPss = withPrivateKey(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }));
const p256 = withPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const p384 = withPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
const p521 = withPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-521' }));
const message = Buffer.from('the handshake so far');
const modulusLength = 256;

interface Pair {
  readonly publicKey: KeyObject;
  readonly key: PrivateKey;
}

function withPrivateKey({ publicKey, privateKey }: KeyPairKeyObjectResult): Pair {
  return { publicKey, key: PrivateKey.parse(privateKey.export({ type: 'pkcs8', format: 'der' })) };
}

function digestOf(hash: string, bytes: Uint8Array = message): Uint8Array {
  if (hash !== 'md5_sha1') return createHash(hash).update(bytes).digest();
  return Buffer.concat([digestOf('md5', bytes), digestOf('sha1', bytes)]);
}

// Signs the digest and then the message, both of which must give what verifies.
function signatures({ key }: Pair, scheme: keyof typeof OperationCode, hash: string): Uint8Array[] {
  const code = OperationCode[scheme];
  return [key.perform(code, digestOf(hash)), key.perform(code, message, { payloadIsMessage: true })];
}

describe('an RSASSA-PKCS1-v1_5 signature', () => {
  it.each(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const)('over %s verifies', (hash) => {
    for (const signature of signatures(rsa, `rsa_pkcs1_${hash}`, hash))
      expect(verify(hash, message, rsa.publicKey, signature)).toBe(true);
  });

  it('over MD5SHA1 holds the 36 bytes without a DigestInfo (RFC 4346, section 4.7)', () => {
    for (const signature of signatures(rsa, 'rsa_pkcs1_md5_sha1', 'md5_sha1'))
      expect(publicDecrypt(rsa.publicKey, signature)).toEqual(digestOf('md5_sha1'));
  });
});

describe('an RSASSA-PSS signature', () => {
  it.each(['sha256', 'sha384', 'sha512'] as const)('over %s verifies with its salt length', (hash) => {
    const padding = {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    for (const pair of [rsa, rsaPss])
      for (const signature of signatures(pair, `rsa_pss_${hash}`, hash))
        expect(verify(hash, message, { key: pair.publicKey, ...padding }, signature)).toBe(true);
  });

  it('is never made by a key against its own restrictions', () => {
    const hashes = { hashAlgorithm: 'sha384', mgf1HashAlgorithm: 'sha384' };
    const restricted = withPrivateKey(generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...hashes }));
    expect(() => restricted.key.perform(OperationCode.rsa_pss_sha256, digestOf('sha256'))).toThrow(
      new KeyOperationError('failed'),
    );
    expect(restricted.key.perform(OperationCode.rsa_pss_sha384, digestOf('sha384'))).toHaveLength(256);
  });
});

describe('an ECDSA signature', () => {
  it.each(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const)(
    'over %s verifies on each curve',
    (hash) => {
      for (const pair of [p256, p384, p521])
        for (const signature of signatures(pair, `ecdsa_${hash}`, hash))
          expect(verify(hash, message, pair.publicKey, signature)).toBe(true);
    },
  );

  it('over MD5SHA1 takes the leftmost bits of its 36 bytes', () => {
    // So that Node, which knows no ECDSA with MD5SHA1, verifies what P-256 makes of it.
    const digest = Buffer.concat([digestOf('sha256'), randomBytes(4)]);
    const signature = p256.key.perform(OperationCode.ecdsa_md5_sha1, digest);
    expect(verify('sha256', message, p256.publicKey, signature)).toBe(true);
    const ofMessage = p521.key.perform(OperationCode.ecdsa_md5_sha1, message, { payloadIsMessage: true });
    expect(ofMessage.length).toBeGreaterThan(120);
  });
});

describe('an Ed25519 signature', () => {
  // RFC 8032, section 7.1: secret key, message, signature.
  it.each([
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ])('is that of RFC 8032 for secret key %s', (secret, text, signature) => {
    // PKCS#8 of a bare Ed25519 key (RFC 8410, section 7).
    const key = PrivateKey.parse(Buffer.from(`302e020100300506032b657004220420${secret}`, 'hex'));
    const perform = () => Buffer.from(key.perform(OperationCode.ed25519, Buffer.from(text, 'hex')));
    expect(perform().toString('hex')).toBe(signature);
    // Contexts are used again: the second must be as good as the first.
    expect(perform().toString('hex')).toBe(signature);
  });
});

describe('decryption of a block', () => {
  it('answers with the whole block, padding left on', () => {
    const block = randomBytes(modulusLength);
    block[0] = 0;
    expect(Buffer.from(rsa.key.perform(OperationCode.decrypt_block, encrypt(block)))).toEqual(block);
  });

  it('keeps leading zeros', () => {
    const block = Buffer.alloc(modulusLength);
    block[modulusLength - 1] = 7;
    expect(Buffer.from(rsa.key.perform(OperationCode.decrypt_block, encrypt(block)))).toEqual(block);
  });
});

describe('decryption of a premaster secret', () => {
  const clientVersion = 0x0303;
  const premaster = Buffer.concat([Buffer.of(3, 3), randomBytes(46)]);
  const pad = Buffer.alloc(modulusLength - 3 - premaster.length, 0x5a);
  const block = Buffer.concat([Buffer.of(0, 2), pad, Buffer.of(0), premaster]);

  function decrypt(ciphertext: Uint8Array): Buffer {
    return Buffer.from(rsa.key.perform(OperationCode.decrypt_premaster, ciphertext, { clientVersion }));
  }

  function changed(at: number, value: number): Buffer {
    const copy = Buffer.from(block);
    copy[at] = value;
    return encrypt(copy);
  }

  it('gives the secret', () => {
    expect(decrypt(encrypt(block))).toEqual(premaster);
  });

  it('gives it again after a wrong one', () => {
    decrypt(changed(1, 1));
    expect(decrypt(encrypt(block))).toEqual(premaster);
  });

  it.each([
    ['a wrong block type', changed(1, 1)],
    ['a block of another first byte', changed(0, 1)],
    ['a zero in the first 8 bytes of padding', changed(5, 0)],
    ['no zero behind the padding', changed(modulusLength - 49, 1)],
    ['a secret of 47 bytes', changed(modulusLength - 48, 0)],
    ['another version', changed(modulusLength - 47, 2)],
    ['a ciphertext that is not below the modulus', Buffer.alloc(modulusLength, 0xff)],
    ['a ciphertext too short', encrypt(block).subarray(1)],
    ['a ciphertext too long', Buffer.concat([encrypt(block), Buffer.of(0)])],
    ['no ciphertext', Buffer.alloc(0)],
  ])('gives 48 random bytes for %s', (_, ciphertext) => {
    const [first, second] = [decrypt(ciphertext), decrypt(ciphertext)];
    expect([first.length, second.length]).toEqual([48, 48]);
    expect(first).not.toEqual(second);
    expect(first.subarray(2)).not.toEqual(premaster.subarray(2));
  });
});

function encrypt(block: Uint8Array): Buffer {
  return publicEncrypt({ key: rsa.publicKey, padding: constants.RSA_NO_PADDING }, block);
}

import { createHash, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyOperationError, KeyParseError } from './key-errors.js';
import type { KeyParseReason } from './key-errors.js';
import { OperationCode } from './operation-code.js';
import { PrivateKey, countPrivateKeys } from './private-key.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const ed25519 = generateKeyPairSync('ed25519');

const encryption = { cipher: 'aes-256-cbc', passphrase: 'open sesame' };
const ecParameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUQr0fPbhjcUfsVBLVtavalcPJ5AwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIxNTQxNDlaGA8yMTI2MTAyOTE1NDE0
OVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCGG
8ARhJJyZNvXy0gnBMgJZUfEHDGJQjHznA/XS7GYT7teICnbXDuz2i7ZyHVNoqjDE
Is+uVLE0vGVd96Q1pH+jUzBRMB0GA1UdDgQWBBRghtxNYwAZ77UQP23lmtUDSwmt
TTAfBgNVHSMEGDAWgBRghtxNYwAZ77UQP23lmtUDSwmtTTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQDxlssCCoe6ATyjOiciS74eEj0KaC3mIlCV
G9t3+9WzQwIhAMymbQ8qGtylcTCkrx2XPe6W9iRdcPa1P0E0dypGdkVM
-----END CERTIFICATE-----
`;

function pkcs8(key: KeyObject): Buffer {
  return key.export({ type: 'pkcs8', format: 'der' });
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function reasonFor(bytes: Uint8Array | string, passphrase?: string): KeyParseReason | undefined {
  const outcome = attempt(() => parse(bytes, passphrase));
  return outcome instanceof KeyParseError ? outcome.reason : undefined;
}

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

function parse(bytes: Uint8Array | string, passphrase?: string): PrivateKey {
  return PrivateKey.parse(
    Buffer.from(bytes),
    passphrase === undefined ? {} : { passphrase: Buffer.from(passphrase) },
  );
}

function without(bytes: Buffer, part: Buffer, replacement: Buffer): Buffer {
  const at = bytes.indexOf(part);
  expect(at).toBeGreaterThan(0);
  return Buffer.concat([bytes.subarray(0, at), replacement, bytes.subarray(at + part.length)]);
}

describe('a private key', () => {
  it.each([
    ['RSA', rsa, { type: 'rsa', bits: 2048, curve: undefined, maximumAnswerLength: 256 }],
    ['RSA-PSS', rsaPss, { type: 'rsa_pss', bits: 2048, curve: undefined, maximumAnswerLength: 256 }],
    ['P-256', p256, { type: 'ecdsa', bits: 256, curve: 'secp256r1', maximumAnswerLength: 72 }],
    ['P-384', p384, { type: 'ecdsa', bits: 384, curve: 'secp384r1', maximumAnswerLength: 104 }],
    ['P-521', p521, { type: 'ecdsa', bits: 521, curve: 'secp521r1', maximumAnswerLength: 139 }],
    ['Ed25519', ed25519, { type: 'ed25519', bits: 256, curve: undefined, maximumAnswerLength: 64 }],
  ])('of type %s says what it is', (_, pair, facts) => {
    const key = parse(pkcs8(pair.privateKey));
    expect(key).toMatchObject(facts);
    expect(Buffer.from(key.subjectPublicKeyInfo)).toEqual(spki(pair.publicKey));
    expect(key.ski).toHaveLength(20);
    expect(key.modulusDigest === undefined).toBe(!key.type.startsWith('rsa'));
  });

  it('has the digest of its modulus in upper-case hexadecimal without leading zeros', () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 1028 });
    const modulus = Buffer.from(pair.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
    const text = modulus.toString('hex').toUpperCase();
    expect(text.startsWith('0')).toBe(true);
    const digest = createHash('sha256').update(text.slice(1)).digest();
    expect(Buffer.from(parse(pkcs8(pair.privateKey)).modulusDigest ?? [])).toEqual(digest);
  });

  it.each([
    ['RSA as PKCS#8', rsa, 'pkcs8'],
    ['RSA as PKCS#1', rsa, 'pkcs1'],
    ['EC as PKCS#8', p384, 'pkcs8'],
    ['EC as SEC1', p384, 'sec1'],
    ['Ed25519 as PKCS#8', ed25519, 'pkcs8'],
  ] as const)('is read from PEM and from DER: %s', (_, pair, type) => {
    const expected = spki(pair.publicKey);
    const pem = pair.privateKey.export({ type, format: 'pem' });
    const der = pair.privateKey.export({ type, format: 'der' });
    for (const bytes of [pem, der]) expect(Buffer.from(parse(bytes).subjectPublicKeyInfo)).toEqual(expected);
  });

  it.each([
    ['PKCS#8 in PEM', rsa, rsa.privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption })],
    ['PKCS#8 in DER', p256, p256.privateKey.export({ type: 'pkcs8', format: 'der', ...encryption })],
    ['PKCS#1 in PEM', rsa, rsa.privateKey.export({ type: 'pkcs1', format: 'pem', ...encryption })],
    ['SEC1 in PEM', p256, p256.privateKey.export({ type: 'sec1', format: 'pem', ...encryption })],
  ])('is decrypted: %s', (_, pair, bytes) => {
    const { subjectPublicKeyInfo } = parse(bytes, encryption.passphrase);
    expect(Buffer.from(subjectPublicKeyInfo)).toEqual(spki(pair.publicKey));
    expect(reasonFor(bytes)).toBe('passphrase_required');
    expect(reasonFor(bytes, 'open says me')).toBe('wrong_passphrase');
    expect(reasonFor(bytes, '')).toBe('wrong_passphrase');
  });

  it('is found behind other blocks of PEM', () => {
    const sec1 = p256.privateKey.export({ type: 'sec1', format: 'pem' });
    for (const before of ['some text\n', ecParameters, certificate, certificate + ecParameters])
      expect(parse(before + String(sec1)).type).toBe('ecdsa');
  });

  it('has the SKI of the uncompressed point even where its file has the compressed one', () => {
    const jwk = p256.publicKey.export({ format: 'jwk' });
    const [x, y] = [Buffer.from(jwk.x ?? '', 'base64url'), Buffer.from(jwk.y ?? '', 'base64url')];
    const scalar = Buffer.from(p256.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
    const point = Buffer.concat([Buffer.of(2 + ((y.at(-1) ?? 0) & 1)), x]);
    const sec1 = Buffer.concat([
      Buffer.from('30570201010420', 'hex'),
      scalar,
      Buffer.from('a00a06082a8648ce3d030107a124032200', 'hex'),
      point,
    ]);
    expect(parse(sec1).ski).toEqual(parse(pkcs8(p256.privateKey)).ski);
  });
});

describe('what is no private key', () => {
  it.each([
    ['nothing', '', 'not_a_key'],
    ['text', 'hello', 'not_a_key'],
    ['DER of something else', Buffer.from('300302010a', 'hex'), 'not_a_key'],
    ['a file of more than 1 MiB', Buffer.alloc((1 << 20) + 1, 0x30), 'not_a_key'],
    ['a certificate', certificate, 'certificate'],
    ['a certificate in DER', Buffer.from(certificate.replaceAll(/-.*-|\s/g, ''), 'base64'), 'certificate'],
    ['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }), 'public_key'],
    ['a public key in DER', spki(rsa.publicKey), 'public_key'],
    ['a key cut short', '-----BEGIN PRIVATE KEY-----\nMIIE\n', 'malformed'],
    ['a damaged key', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n', 'malformed'],
    ['X25519', pkcs8(generateKeyPairSync('x25519').privateKey), 'unsupported_type'],
    ['Ed448', pkcs8(generateKeyPairSync('ed448').privateKey), 'unsupported_type'],
    [
      'secp256k1',
      pkcs8(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
      'unsupported_curve',
    ],
    ['RSA-512', pkcs8(generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey), 'unsupported_size'],
  ])('is refused with its reason: %s', (_, bytes, reason) => {
    expect(reasonFor(bytes)).toBe(reason);
  });

  it('is a key of which any number is damaged', () => {
    const der = pkcs8(rsa.privateKey);
    const jwk = rsa.privateKey.export({ format: 'jwk' });
    for (const name of ['n', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
      const number = Buffer.from(jwk[name] ?? '', 'base64url');
      const damaged = Buffer.from(number);
      damaged[20] = (damaged[20] ?? 0) ^ 4;
      expect([name, reasonFor(without(der, number, damaged))]).toEqual([name, 'inconsistent']);
    }
  });

  it('is an EC key with the public key of another', () => {
    const point = spki(p256.publicKey).subarray(-65);
    const other = spki(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey).subarray(-65);
    expect(reasonFor(without(pkcs8(p256.privateKey), point, other))).toBe('inconsistent');
  });

  it('makes an error that holds none of its bytes', () => {
    const secret = 'c2VjcmV0IGJ5dGVz';
    const bytes = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`;
    const error = attempt(() => parse(bytes, secret));
    expect(error).toBeInstanceOf(KeyParseError);
    const { code, message, stack } = error as KeyParseError;
    expect(code).toBe('LATCHKEY_KEY_UNREADABLE');
    expect(message + String(stack)).not.toContain(secret);
  });

  it('never crashes the parser', () => {
    const seeds = [rsa, rsaPss, p256, ed25519].flatMap(({ privateKey }) => [
      pkcs8(privateKey),
      Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ]);
    const mutated = fc
      .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
      .map(([seed, changes, length]) => {
        const bytes = Buffer.from(seed.subarray(0, length % 3 === 0 ? length % seed.length : seed.length));
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
        const outcome = attempt(() => PrivateKey.parse(bytes));
        expect(outcome instanceof PrivateKey || outcome instanceof KeyParseError).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the life of a private key', () => {
  it('ends when it is disposed of, once or twice', () => {
    const before = countPrivateKeys();
    const key = parse(pkcs8(p256.privateKey));
    expect(countPrivateKeys()).toBe(before + 1);
    key.dispose();
    key.dispose();
    expect(countPrivateKeys()).toBe(before);
    expect(() => key.perform(OperationCode.ecdsa_sha256, new Uint8Array(32))).toThrow(
      new KeyOperationError('no_such_key'),
    );
  });

  it('ends when it is collected as garbage', async () => {
    setFlagsFromString('--expose_gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const before = countPrivateKeys();
    for (let count = 0; count < 50; count += 1) parse(pkcs8(p256.privateKey));
    for (let round = 0; round < 100 && countPrivateKeys() > before; round += 1) {
      collectGarbage();
      await setImmediate();
    }
    expect(countPrivateKeys()).toBeLessThanOrEqual(before);
  });
});

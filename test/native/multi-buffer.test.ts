import {
  constants,
  createHash,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject, KeyPairKeyObjectResult } from 'node:crypto';
import {
  BatchReader,
  BatchStatus,
  BatchWriter,
  OperationCode,
  PrivateKey,
  multiBuffer,
  performBatch,
} from '@latchkey/native';
import { expect, it } from 'vitest';
import { describeWithCryptoMb } from './crypto-mb.js';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly key: PrivateKey;
}

interface Request {
  readonly pair: Pair;
  readonly scheme: keyof typeof OperationCode;
  readonly message: Uint8Array;
}

function toPair({ publicKey, privateKey }: KeyPairKeyObjectResult): Pair {
  return {
    publicKey,
    privateKey,
    key: PrivateKey.parse(privateKey.export({ type: 'pkcs8', format: 'der' })),
  };
}

const rsa = (modulusLength: number): Pair => toPair(generateKeyPairSync('rsa', { modulusLength }));
const ec = (namedCurve: string): Pair => toPair(generateKeyPairSync('ec', { namedCurve }));

const rsaSchemes = [
  'rsa_pkcs1_sha1',
  'rsa_pkcs1_sha224',
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
  'rsa_pss_sha256',
  'rsa_pss_sha384',
  'rsa_pss_sha512',
] as const;
const ecdsaSchemes = ['ecdsa_sha1', 'ecdsa_sha224', 'ecdsa_sha256', 'ecdsa_sha384', 'ecdsa_sha512'] as const;
const everySize = Array.from({ length: 20 }, (_, index) => index + 1);

// The `index`th of as many signatures as are needed, with all keys and schemes.
function request(
  pairs: readonly Pair[],
  schemes: readonly (keyof typeof OperationCode)[],
  index: number,
): Request {
  return {
    pair: pairs[index % pairs.length]!,
    scheme: schemes[index % schemes.length]!,
    message: randomBytes(index * 37),
  };
}

function signAll(requests: readonly Request[]): Uint8Array[] {
  const writer = new BatchWriter();
  for (const { pair, scheme, message } of requests)
    writer.add(pair.key.handle, OperationCode[scheme], message, { payloadIsMessage: true });
  const reader = new BatchReader(performBatch(writer.finish()));
  return requests.map((_, index) => {
    expect(reader.status(index)).toBe(BatchStatus.ok);
    return reader.answer(index);
  });
}

function isRight({ pair, scheme, message }: Request, signature: Uint8Array): boolean {
  if (scheme === 'ed25519') return verify(null, message, pair.publicKey, signature);
  const hash = /sha\d+$/.exec(scheme)![0];
  const padding = scheme.startsWith('rsa_pss')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {};
  return verify(hash, message, { key: pair.publicKey, ...padding }, signature);
}

describeWithCryptoMb('with crypto_mb', (library) => {
  // Read when the addon is first used, which is below.
  process.env['LATCHKEY_CRYPTO_MB'] = library;
  process.env['LATCHKEY_CURVES'] = 'off';
  const rsa2048 = [rsa(2048), rsa(2048)];

  it('is in use once it has passed its self-test', () => {
    const { state, reason, library: loaded, algorithms, failures } = multiBuffer();
    expect({ state, reason, failures }).toEqual({ state: 'in_use', reason: '', failures: 0 });
    expect(loaded?.path).toBe(library);
    expect(Object.keys(algorithms)).toEqual([
      'rsa_2048',
      'rsa_3072',
      'rsa_4096',
      'p256',
      'p384',
      'p521',
      'ed25519',
    ]);
    for (const { breakEven, lanesMicroseconds, opensslMicroseconds } of Object.values(algorithms)) {
      expect(lanesMicroseconds).toBeGreaterThan(0);
      const ratio = Math.ceil(lanesMicroseconds / opensslMicroseconds);
      expect(breakEven).toBe(ratio > 8 ? undefined : ratio);
    }
  });

  it.each([
    ['RSA-2048', rsa2048, rsaSchemes, everySize],
    ['RSA-3072', [rsa(3072)], rsaSchemes, [3, 8, 17]],
    ['RSA-4096', [rsa(4096)], rsaSchemes, [3, 8, 17]],
    ['P-256', [ec('P-256'), ec('P-256'), ec('P-256')], ecdsaSchemes, everySize],
    ['P-384', [ec('P-384'), ec('P-384')], ecdsaSchemes, everySize],
    ['P-521', [ec('P-521'), ec('P-521')], ecdsaSchemes, everySize],
    [
      'Ed25519',
      [toPair(generateKeyPairSync('ed25519')), toPair(generateKeyPairSync('ed25519'))],
      ['ed25519'],
      everySize,
    ],
  ] as const)('every signature of a batch of any size verifies: %s', (_, pairs, schemes, sizes) => {
    for (const size of sizes) {
      const requests = Array.from({ length: size }, (__, index) => request(pairs, schemes, index));
      const signatures = signAll(requests);
      for (const [index, signature] of signatures.entries())
        expect(isRight(requests[index]!, signature)).toBe(true);
    }
    expect(multiBuffer().failures).toBe(0);
  });

  it('signs as OpenSSL does where there is only one signature', () => {
    const ed25519 = toPair(generateKeyPairSync('ed25519'));
    const requests = everySize.flatMap((index) => [
      request(rsa2048, ['rsa_pkcs1_sha1', 'rsa_pkcs1_sha384'], index),
      request([ed25519], ['ed25519'], index),
    ]);
    for (const [index, signature] of signAll(requests).entries()) {
      const { scheme, message, pair } = requests[index]!;
      const hash = scheme === 'ed25519' ? null : /sha\d+$/.exec(scheme)![0];
      expect(Buffer.from(signature)).toEqual(sign(hash, message, pair.privateKey));
    }
  });

  it('signs MD5SHA1 without a DigestInfo', () => {
    const digest = randomBytes(36);
    const writer = new BatchWriter();
    for (let count = 0; count < 8; count += 1)
      writer.add(rsa2048[0]!.key.handle, OperationCode.rsa_pkcs1_md5_sha1, digest);
    const reader = new BatchReader(performBatch(writer.finish()));
    const signature = rsa2048[0]!.key.perform(OperationCode.rsa_pkcs1_md5_sha1, digest);
    for (const index of Array(8).keys())
      expect(Buffer.from(reader.answer(index))).toEqual(Buffer.from(signature));
  });

  it('mixes keys that it cannot serve with those it can', () => {
    const others = [
      rsa(1024),
      toPair(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })),
      toPair(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })),
      ...rsa2048,
      ec('P-256'),
    ];
    const requests = Array.from({ length: 48 }, (_, index) => {
      const pair = others[index % others.length]!;
      return request([pair], pair.key.type === 'ecdsa' ? ecdsaSchemes : ['rsa_pss_sha256'], index);
    });
    for (const [index, signature] of signAll(requests).entries())
      expect(isRight(requests[index]!, signature)).toBe(true);
  });

  it('leaves restricted RSA-PSS keys to OpenSSL, which honours their restrictions', () => {
    const hashes = { hashAlgorithm: 'sha384', mgf1HashAlgorithm: 'sha384' };
    const { key } = toPair(generateKeyPairSync('rsa-pss', { modulusLength: 2048, ...hashes }));
    const writer = new BatchWriter();
    for (let count = 0; count < 8; count += 1)
      writer.add(key.handle, OperationCode.rsa_pss_sha256, randomBytes(32));
    const reader = new BatchReader(performBatch(writer.finish()));
    for (const index of Array(8).keys()) expect(reader.status(index)).toBe(BatchStatus.failed);
  });

  it('never uses a nonce twice', () => {
    const pair = ec('P-256');
    const digest = createHash('sha256').digest();
    const seen = new Set<string>();
    for (let batch = 0; batch < 50; batch += 1) {
      const writer = new BatchWriter();
      for (let count = 0; count < 40; count += 1)
        writer.add(pair.key.handle, OperationCode.ecdsa_sha256, digest);
      const reader = new BatchReader(performBatch(writer.finish()));
      for (let index = 0; index < reader.count; index += 1) {
        const signature = Buffer.from(reader.answer(index));
        seen.add(signature.subarray(4, 4 + signature[3]!).toString('hex'));
      }
    }
    expect(seen.size).toBe(50 * 40);
  });

  it('decrypts blocks, and fails those that are not below the modulus alone', () => {
    const [{ key, publicKey }] = rsa2048 as [Pair];
    const blocks = Array.from({ length: 8 }, () => Buffer.concat([Buffer.of(0), randomBytes(255)]));
    const writer = new BatchWriter();
    for (const block of blocks) {
      writer.add(key.handle, OperationCode.decrypt_block, encrypt(publicKey, block));
      writer.add(key.handle, OperationCode.decrypt_block, Buffer.alloc(256, 0xff));
    }
    const reader = new BatchReader(performBatch(writer.finish()));
    for (const [index, block] of blocks.entries()) {
      expect(Buffer.from(reader.answer(2 * index))).toEqual(block);
      expect(reader.status(2 * index + 1)).toBe(BatchStatus.failed);
    }
  });

  it('gives premaster secrets, and random ones for whatever is wrong', () => {
    const [{ key, publicKey }] = rsa2048 as [Pair];
    const secret = Buffer.concat([Buffer.of(3, 3), randomBytes(46)]);
    const block = Buffer.concat([Buffer.of(0, 2), Buffer.alloc(205, 0x5a), Buffer.of(0), secret]);
    const changed = (at: number, value: number): Buffer => {
      const copy = Buffer.from(block);
      copy[at] = value;
      return encrypt(publicKey, copy);
    };
    const wrong = [
      changed(0, 1),
      changed(1, 1),
      changed(5, 0),
      changed(207, 1),
      changed(208, 2),
      changed(209, 2),
      Buffer.alloc(256, 0xff),
      Buffer.alloc(0),
    ];
    const writer = new BatchWriter();
    for (const ciphertext of wrong) {
      for (const each of [encrypt(publicKey, block), ciphertext, ciphertext])
        writer.add(key.handle, OperationCode.decrypt_premaster, each, { clientVersion: 0x0303 });
    }
    writer.add(key.handle, OperationCode.decrypt_premaster, encrypt(publicKey, block));
    const reader = new BatchReader(performBatch(writer.finish()));
    const answer = (index: number): Buffer => Buffer.from(reader.answer(index));
    for (const index of wrong.keys()) {
      expect(answer(3 * index)).toEqual(secret);
      expect([answer(3 * index + 1).length, answer(3 * index + 2).length]).toEqual([48, 48]);
      expect(answer(3 * index + 1)).not.toEqual(answer(3 * index + 2));
      expect(answer(3 * index + 1).subarray(2)).not.toEqual(secret.subarray(2));
    }
    expect(reader.status(3 * wrong.length)).toBe(BatchStatus.failed);
  });
});

function encrypt(publicKey: KeyObject, block: Uint8Array): Buffer {
  return publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block);
}

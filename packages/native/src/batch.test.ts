import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchReader, BatchWriter, performBatch } from './batch.js';
import { BatchFormatError } from './key-errors.js';
import { BatchStatus, OperationCode } from './operation-code.js';
import { PrivateKey } from './private-key.js';

const pairs = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 1024 }),
  rsa_pss: generateKeyPairSync('rsa-pss', { modulusLength: 1024 }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ed25519: generateKeyPairSync('ed25519'),
};
type Name = keyof typeof pairs;
const keys = Object.fromEntries(
  Object.entries(pairs).map(([name, { privateKey }]) => [
    name,
    PrivateKey.parse(privateKey.export({ type: 'pkcs8', format: 'der' })),
  ]),
) as Record<Name, PrivateKey>;
const message = Buffer.from('what the visitor and the edge agreed on');
const digest = createHash('sha256').update(message).digest();

function words(...values: number[]): ArrayBuffer {
  return Uint32Array.from(values).buffer;
}

function statusOf(
  handle: number,
  operation: number,
  payload: Uint8Array,
  payloadIsMessage = false,
): BatchStatus {
  const writer = new BatchWriter();
  writer.add(handle, operation as OperationCode, payload, { payloadIsMessage });
  return new BatchReader(performBatch(writer.finish())).status(0);
}

// Nothing where the buffer holds no batch.
function performOrRefuse(buffer: ArrayBuffer): { ok: boolean; length: number }[] {
  try {
    const reader = new BatchReader(performBatch(buffer));
    return Array.from({ length: reader.count }, (_, index) => ({
      ok: reader.status(index) === BatchStatus.ok,
      length: reader.answer(index).length,
    }));
  } catch (error) {
    if (error instanceof BatchFormatError) return [];
    throw error;
  }
}

describe('a batch', () => {
  it('of nothing gets nothing', () => {
    expect(new BatchReader(performBatch(new BatchWriter().finish())).count).toBe(0);
  });

  it('is answered in the order of its requests, however they are grouped', () => {
    const writer = new BatchWriter(16);
    const order: Name[] = [];
    for (let round = 0; round < 20; round += 1) {
      for (const name of ['p384', 'ed25519', 'p256', 'rsa_pss', 'rsa'] as const) {
        order.push(name);
        if (name === 'ed25519') writer.add(keys[name].handle, OperationCode.ed25519, message);
        else if (name === 'rsa') writer.add(keys[name].handle, OperationCode.rsa_pkcs1_sha256, digest);
        else if (name === 'rsa_pss') writer.add(keys[name].handle, OperationCode.rsa_pss_sha256, digest);
        else writer.add(keys[name].handle, OperationCode.ecdsa_sha256, message, { payloadIsMessage: true });
      }
    }
    expect(writer.count).toBe(100);
    const reader = new BatchReader(performBatch(writer.finish()));
    expect(writer.count).toBe(0);
    expect(reader.count).toBe(100);
    for (const [index, name] of order.entries()) {
      expect(reader.status(index)).toBe(BatchStatus.ok);
      const hash = name === 'ed25519' ? null : 'sha256';
      expect(verify(hash, message, pairs[name].publicKey, reader.answer(index))).toBe(true);
    }
  });

  it('leaves the requests as they are', () => {
    const writer = new BatchWriter();
    writer.add(keys.p256.handle, OperationCode.ecdsa_sha256, digest);
    const requests = writer.finish();
    const before = requests.slice(0);
    performBatch(requests);
    expect(Buffer.from(requests)).toEqual(Buffer.from(before));
  });

  it('lets a request that fails fail alone', () => {
    const writer = new BatchWriter();
    writer.add(keys.rsa.handle, OperationCode.decrypt_block, new Uint8Array(128).fill(0xff));
    writer.add(keys.rsa.handle, OperationCode.decrypt_block, new Uint8Array(128).fill(0x01));
    writer.add(keys.p256.handle, OperationCode.ecdsa_sha256, digest.subarray(1));
    writer.add(keys.p256.handle, OperationCode.ecdsa_sha256, digest);
    const reader = new BatchReader(performBatch(writer.finish()));
    const statuses = [0, 1, 2, 3].map((index) => reader.status(index));
    expect(statuses).toEqual([BatchStatus.failed, BatchStatus.ok, BatchStatus.bad_length, BatchStatus.ok]);
    expect(reader.answer(0)).toHaveLength(0);
    expect(reader.answer(1)).toHaveLength(128);
    expect(verify('sha256', message, pairs.p256.publicKey, reader.answer(3))).toBe(true);
  });

  it.each([
    ['an unknown operation', 'rsa', 0x08, 'unknown_operation'],
    ['operation 0', 'rsa', 0, 'unknown_operation'],
    ['ECDSA with an RSA key', 'rsa', OperationCode.ecdsa_sha256, 'wrong_key_type'],
    ['RSA with an EC key', 'p256', OperationCode.rsa_pkcs1_sha256, 'wrong_key_type'],
    ['PSS with an Ed25519 key', 'ed25519', OperationCode.rsa_pss_sha256, 'wrong_key_type'],
    ['Ed25519 with an EC key', 'p256', OperationCode.ed25519, 'wrong_key_type'],
    ['PKCS#1 with an RSA-PSS key', 'rsa_pss', OperationCode.rsa_pkcs1_sha256, 'wrong_key_type'],
    ['decryption with an RSA-PSS key', 'rsa_pss', OperationCode.decrypt_block, 'wrong_key_type'],
    ['premaster decryption with an EC key', 'p256', OperationCode.decrypt_premaster, 'wrong_key_type'],
    ['a digest too short', 'rsa', OperationCode.rsa_pkcs1_sha384, 'bad_length'],
    ['a digest too long', 'p256', OperationCode.ecdsa_sha1, 'bad_length'],
    ['a ciphertext too short', 'rsa', OperationCode.decrypt_block, 'bad_length'],
    ['a premaster secret of no version', 'rsa', OperationCode.decrypt_premaster, 'failed'],
  ] as const)('answers %s with its status', (_, name, operation, status) => {
    expect(statusOf(keys[name].handle, operation, digest)).toBe(BatchStatus[status]);
  });

  it('knows no key of handles that were never given', () => {
    for (const handle of [0, 0xffff_ffff])
      expect(statusOf(handle, OperationCode.ecdsa_sha256, digest)).toBe(BatchStatus.no_such_key);
  });

  it('fails where the modulus is too short for the signature', () => {
    const sha512 = new Uint8Array(64);
    expect(statusOf(keys.rsa.handle, OperationCode.rsa_pss_sha512, sha512)).toBe(BatchStatus.failed);
  });
});

describe('a buffer that holds no batch', () => {
  it.each([
    ['empty', new ArrayBuffer(0)],
    ['shorter than a count', new ArrayBuffer(3)],
    ['with fewer requests than it counts', words(2, 1, 0x14, 0)],
    ['with a count of 2^32 - 1', words(0xffff_ffff, 0, 0, 0)],
    ['with a payload past its end', words(1, 1, 0x14, 1)],
    ['with a payload of 2^32 - 1 bytes', words(1, 1, 0x14, 0xffff_ffff)],
    ['with a second request past its end', words(2, 1, 0x14, 8, 0, 0, 0)],
  ])('is refused: %s', (_, buffer) => {
    expect(() => performBatch(buffer)).toThrow(BatchFormatError);
  });

  it('is refused when it has been transferred away, or is shared', () => {
    const transferred = new BatchWriter().finish();
    structuredClone(transferred, { transfer: [transferred] });
    expect(() => performBatch(transferred)).toThrow(BatchFormatError);
    expect(() => performBatch(new SharedArrayBuffer(16) as unknown as ArrayBuffer)).toThrow(BatchFormatError);
  });

  it('is refused by the reader of answers', () => {
    expect(() => new BatchReader(new ArrayBuffer(3))).toThrow(BatchFormatError);
    expect(() => new BatchReader(words(1, 0, 0))).toThrow(BatchFormatError);
    const reader = new BatchReader(performBatch(new BatchWriter().finish()));
    expect(() => reader.status(0)).toThrow(RangeError);
  });

  it('never crashes', () => {
    const handles = Object.values(keys).map(({ handle }) => handle);
    const word = fc.oneof(
      fc.nat(0xffff_ffff),
      fc.nat(64),
      fc.constantFrom(...handles, ...Object.values(OperationCode)),
    );
    const buffers = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes.slice().buffer),
      fc.array(word, { maxLength: 60 }).map((values) => words(...values)),
    );
    fc.assert(
      fc.property(buffers, (buffer) => {
        const answers = performOrRefuse(buffer);
        expect(answers.every(({ ok, length }) => ok === length > 0)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is never made by the writer, whatever is added', () => {
    const request = fc.record({
      handle: fc.constantFrom(0, ...Object.values(keys).map(({ handle }) => handle)),
      operation: fc.constantFrom(...Object.values(OperationCode)),
      payload: fc.uint8Array({ maxLength: 140 }),
      payloadIsMessage: fc.boolean(),
      clientVersion: fc.nat(0xffff),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 8 }), (requests) => {
        const writer = new BatchWriter(0);
        for (const { handle, operation, payload, ...options } of requests)
          writer.add(handle, operation, payload, options);
        const reader = new BatchReader(performBatch(writer.finish()));
        expect(reader.count).toBe(requests.length);
        for (const [index, { handle }] of requests.entries()) {
          expect(reader.status(index)).not.toBe(BatchStatus.unknown_operation);
          expect(reader.status(index) === BatchStatus.no_such_key).toBe(handle === 0);
        }
      }),
    );
  });
});

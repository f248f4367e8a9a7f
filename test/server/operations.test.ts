import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  publicDecrypt,
  publicEncrypt,
  verify,
} from 'node:crypto';
import type { HashAlgorithm, OperationRequest, SignDigestOperation } from '@latchkey/codec';
import { ErrorCode, Opcode } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest, startKeyServer, type TestEdge, type TestKeyServer } from './support.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' });
const ed25519 = generateKeyPairSync('ed25519');
const MESSAGE = Buffer.from('what a handshake signs');
const HASHES = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;

let keyServer: TestKeyServer;
let decrypting: TestKeyServer;
let edge: TestEdge;

beforeAll(async () => {
  const keys = [rsa, p256, p384, p521, ed25519].map(({ privateKey }) => privateKey);
  keyServer = await startKeyServer(keys);
  decrypting = await startKeyServer([rsa.privateKey], 'rsa_decrypt: true');
  edge = await keyServer.connect();
});

afterAll(async () => {
  await keyServer.close();
  await decrypting.close();
});

function skiOf(publicKey: KeyObject): Uint8Array {
  return subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' }));
}

function hash(algorithm: HashAlgorithm): Buffer {
  const names = algorithm === 'md5_sha1' ? ['md5', 'sha1'] : [algorithm];
  return Buffer.concat(names.map((name) => createHash(name).update(MESSAGE).digest()));
}

async function ask(request: OperationRequest, by = edge): Promise<Uint8Array> {
  const answer = await by.ask(request);
  if (answer.kind !== 'answer') throw new Error(`no answer but ${JSON.stringify(answer)}`);
  return answer.payload;
}

function sign(
  publicKey: KeyObject,
  scheme: SignDigestOperation['scheme'],
  digest: Uint8Array,
): Promise<Uint8Array> {
  return ask({ key: { ski: skiOf(publicKey) }, operation: { type: 'sign_digest', scheme, digest } });
}

const error = (code: number) => ({ kind: 'error', code });

describe('every operation of Keyless SSL v1', () => {
  it.each(HASHES)('signs RSA PKCS#1 with %s', async (algorithm) => {
    const signature = await sign(rsa.publicKey, `rsa_pkcs1_${algorithm}`, hash(algorithm));
    expect(verify(algorithm, MESSAGE, rsa.publicKey, signature)).toBe(true);
  });

  it('signs RSA PKCS#1 with MD5SHA1, as TLS before 1.2 does: the digest without its DigestInfo', async () => {
    const signature = await sign(rsa.publicKey, 'rsa_pkcs1_md5_sha1', hash('md5_sha1'));
    expect(publicDecrypt(rsa.publicKey, signature)).toEqual(hash('md5_sha1'));
  });

  it.each(['sha256', 'sha384', 'sha512'] as const)('signs RSA-PSS with %s', async (algorithm) => {
    const signature = await sign(rsa.publicKey, `rsa_pss_${algorithm}`, hash(algorithm));
    const padding = {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    expect(verify(algorithm, MESSAGE, { key: rsa.publicKey, ...padding }, signature)).toBe(true);
  });

  describe.each([
    ['P-256', p256],
    ['P-384', p384],
    ['P-521', p521],
  ])('with a %s key', (_curve, { publicKey }) => {
    it.each(HASHES)('signs ECDSA with %s', async (algorithm) => {
      const signature = await sign(publicKey, `ecdsa_${algorithm}`, hash(algorithm));
      expect(verify(algorithm, MESSAGE, publicKey, signature)).toBe(true);
    });

    it('signs ECDSA with MD5SHA1', async () => {
      const signature = await sign(publicKey, 'ecdsa_md5_sha1', hash('md5_sha1'));
      expect(signature[0]).toBe(0x30);
    });
  });

  it('signs messages of any length with Ed25519', async () => {
    const key = { ski: skiOf(ed25519.publicKey) };
    for (const message of [Buffer.alloc(0), MESSAGE, Buffer.alloc(60_000, 1)]) {
      const signature = await ask({ key, operation: { type: 'sign_message', scheme: 'ed25519', message } });
      expect(verify(null, message, ed25519.publicKey, signature)).toBe(true);
    }
  });

  it('decrypts RSA where the configuration allows it, padding left on', async () => {
    const premaster = Buffer.alloc(48, 3);
    const ciphertext = publicEncrypt({ key: rsa.publicKey, padding: constants.RSA_PKCS1_PADDING }, premaster);
    const request = {
      key: { ski: skiOf(rsa.publicKey) },
      operation: { type: 'decrypt_block', ciphertext },
    } as const;
    const block = Buffer.from(await ask(request, await decrypting.connect()));
    expect(block).toHaveLength(256);
    expect(block.subarray(0, 2)).toEqual(Buffer.of(0, 2));
    expect(block.subarray(-49)).toEqual(Buffer.concat([Buffer.of(0), premaster]));
    // Off unless it is on.
    expect(await edge.ask(request)).toEqual(error(ErrorCode.CRYPTOGRAPHY_FAILURE));
  });

  it('does not tell bad padding from good', async () => {
    const block = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(254, 0xff)]);
    const ciphertext = publicEncrypt({ key: rsa.publicKey, padding: constants.RSA_NO_PADDING }, block);
    const request = {
      key: { ski: skiOf(rsa.publicKey) },
      operation: { type: 'decrypt_block', ciphertext },
    } as const;
    expect(Buffer.from(await ask(request, await decrypting.connect()))).toEqual(block);
  });

  it('finds an RSA key by the certificate digest when there is no SKI', async () => {
    const { n } = rsa.publicKey.export({ format: 'jwk' });
    const modulus = Buffer.from(n!, 'base64url').toString('hex').toUpperCase();
    const certificateDigest = createHash('sha256').update(modulus).digest();
    const operation = { type: 'sign_digest', scheme: 'rsa_pkcs1_sha256', digest: hash('sha256') } as const;
    const signature = await ask({ key: { certificateDigest, serverName: 'localhost' }, operation });
    expect(verify('sha256', MESSAGE, rsa.publicKey, signature)).toBe(true);
  });

  it('returns pings as pongs', async () => {
    for (const payload of [Buffer.alloc(0), MESSAGE, Buffer.alloc(65_528, 9)]) {
      expect(Buffer.from(await ask({ key: {}, operation: { type: 'ping', payload } }))).toEqual(payload);
    }
  });

  it('pads its answers to 1024 bytes', async () => {
    await edge.ask({ key: {}, operation: { type: 'ping', payload: MESSAGE } });
    await edge.exchange(rawRequest(1, 0x99));
    expect(edge.answers.slice(-2).map(({ frameLength }) => frameLength)).toEqual([1024, 1024]);
  });
});

describe('what a key server refuses', () => {
  const digest = hash('sha256');

  it('answers 0x02 where nothing names a key that it has', async () => {
    const operation = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest } as const;
    for (const key of [{}, { ski: new Uint8Array(20) }, { serverName: 'localhost' }]) {
      expect(await edge.ask({ key, operation })).toEqual(error(ErrorCode.KEY_NOT_FOUND));
    }
  });

  it('answers 0x01 to an operation that does not fit the type of the key', async () => {
    const mismatches: readonly (readonly [KeyObject, SignDigestOperation['scheme']])[] = [
      [p256.publicKey, 'rsa_pkcs1_sha256'],
      [p256.publicKey, 'rsa_pss_sha256'],
      [rsa.publicKey, 'ecdsa_sha256'],
      [ed25519.publicKey, 'ecdsa_sha256'],
    ];
    for (const [key, scheme] of mismatches) {
      const operation = { type: 'sign_digest', scheme, digest } as const;
      expect(await edge.ask({ key: { ski: skiOf(key) }, operation })).toEqual(
        error(ErrorCode.CRYPTOGRAPHY_FAILURE),
      );
    }
    const message = { type: 'sign_message', scheme: 'ed25519', message: MESSAGE } as const;
    expect(await edge.ask({ key: { ski: skiOf(rsa.publicKey) }, operation: message })).toEqual(
      error(ErrorCode.CRYPTOGRAPHY_FAILURE),
    );
  });

  it('answers 0x01 to a digest of the wrong length and to a ciphertext not as long as the modulus', async () => {
    expect(await edge.exchange(rawRequest(1, Opcode.ECDSA_SHA256, new Uint8Array(31)))).toEqual([
      error(ErrorCode.CRYPTOGRAPHY_FAILURE),
    ]);
    const key = { ski: skiOf(rsa.publicKey) };
    const allowed = await decrypting.connect();
    for (const length of [0, 255, 257]) {
      const operation = { type: 'decrypt_block', ciphertext: new Uint8Array(length) } as const;
      expect(await allowed.ask({ key, operation })).toEqual(error(ErrorCode.CRYPTOGRAPHY_FAILURE));
    }
  });

  it('answers 0x0B to sealing, functions and calls that nothing is configured for', async () => {
    const payload = new Uint8Array(1);
    const operations = [
      { type: 'seal', blob: payload },
      { type: 'unseal', blob: payload },
      { type: 'rpc', payload },
      { type: 'custom', functionName: 'f', payload },
    ] as const;
    for (const operation of operations) {
      expect(await edge.ask({ key: {}, operation })).toEqual(error(ErrorCode.REMOTE_CONFIGURATION_ERROR));
    }
  });

  it('answers 0x05 to opcodes that it does not know and 0x06 to those of answers', async () => {
    for (const opcode of [0x00, 0x08, 0x19, 0x34, 0x80, 0xf3, 0xfe]) {
      expect(await edge.exchange(rawRequest(1, opcode))).toEqual([error(ErrorCode.BAD_OPCODE)]);
    }
    for (const opcode of [Opcode.SUCCESS, Opcode.PONG, Opcode.ERROR]) {
      expect(await edge.exchange(rawRequest(1, opcode))).toEqual([error(ErrorCode.UNEXPECTED_OPCODE)]);
    }
  });
});

describe('statistics', () => {
  it('count the private-key operations that were performed, and nothing else among them', async () => {
    const before = keyServer.server.statistics();
    await sign(p256.publicKey, 'ecdsa_sha256', hash('sha256'));
    await edge.ask({ key: {}, operation: { type: 'ping', payload: MESSAGE } });
    await edge.ask({
      key: {},
      operation: { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: hash('sha256') },
    });
    const after = keyServer.server.statistics();
    expect(after.privateKeyOperations - before.privateKeyOperations).toBe(1);
    expect(after.operations['ecdsa_sha256']!.succeeded - before.operations['ecdsa_sha256']!.succeeded).toBe(
      1,
    );
    expect(after.operations['ecdsa_sha256']!.failed - before.operations['ecdsa_sha256']!.failed).toBe(1);
    expect(after.operations['ping']!.succeeded - before.operations['ping']!.succeeded).toBe(1);
    expect(after.connections).toMatchObject({ open: 1, accepted: 1 });
    expect(after.keys).toBe(5);
  });
});

import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  publicDecrypt,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frame, frameOfBody, type Item, type RawConnection } from './frames.js';
import { type ConformingKeyServer, skiItem, startKeyServer } from './key-server.js';
import {
  CERTIFICATE_DIGEST,
  SERVER_NAME,
  OPCODE,
  PAYLOAD,
  FUNCTION_NAME,
  RSA_DECRYPT,
  ECDSA_SHA256,
  ED25519,
  SEAL,
  UNSEAL,
  PING,
  PONG,
  SUCCESS,
  ERROR,
  rsa,
  p256,
  p384,
  ed25519,
  MESSAGE,
  PING_ITEMS,
  PINGED,
  SIGN_ITEMS,
  opcode,
  signItems,
  digest,
  error,
  expectSignature,
} from './requests.js';

// Each fact of docs/protocol/kssl1.md that is about what a key server does with a request, once, in its order and under its headings.

let keyServer: ConformingKeyServer;
let edge: RawConnection;
const cleanUps: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  keyServer = await startKeyServer((cleanUp) => void cleanUps.push(cleanUp));
  edge = await keyServer.connect();
});

afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
});

describe('operations', () => {
  const hashes = ['md5-sha1', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
  const signatures = hashes.map((hash, index) => [index, hash] as const);

  it.each(signatures)('0x02 + %i signs RSA PKCS#1 v1.5 with %s', async (index, hash) => {
    const answer = await edge.ask(...signItems(rsa.publicKey, 0x02 + index, digest(hash)));
    expect(answer.opcode).toBe(SUCCESS);
    expect(isSignatureOf(hash, rsa.publicKey, answer.payload)).toBe(true);
  });

  it.each(signatures)('0x12 + %i signs ECDSA with %s, in DER', async (index, hash) => {
    for (const { publicKey } of [p256, p384]) {
      const answer = await edge.ask(...signItems(publicKey, 0x12 + index, digest(hash)));
      expect(answer.opcode).toBe(SUCCESS);
      expect(isSignatureOf(hash, publicKey, answer.payload)).toBe(true);
    }
  });

  it.each([
    [0x35, 'sha256'],
    [0x36, 'sha384'],
    [0x37, 'sha512'],
  ])('0x%s signs RSA-PSS with %s and a salt as long as the hash', async (code, hash) => {
    const answer = await edge.ask(...signItems(rsa.publicKey, code, digest(hash)));
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    expect(verify(hash, MESSAGE, { key: rsa.publicKey, padding, saltLength }, answer.payload)).toBe(true);
  });

  it.each([0, 1, 129, 60_000])('0x18 signs a message of %i bytes with Ed25519', async (length) => {
    const message = Buffer.alloc(length, 3);
    const answer = await edge.ask(...signItems(ed25519.publicKey, ED25519, message));
    expect(answer.payload).toHaveLength(64);
    expect(verify(null, message, ed25519.publicKey, answer.payload)).toBe(true);
  });

  it('0x01 decrypts RSA and leaves the padding on, good or bad', async () => {
    const premaster = Buffer.alloc(48, 3);
    const block = Buffer.concat([Buffer.of(0, 2), Buffer.alloc(205, 0xff), Buffer.of(0), premaster]);
    for (const type of [2, 1]) {
      block[1] = type;
      const padding = constants.RSA_NO_PADDING;
      const ciphertext = publicEncrypt({ key: rsa.publicKey, padding }, block);
      const answer = await edge.ask(...signItems(rsa.publicKey, RSA_DECRYPT, ciphertext));
      expect(answer).toMatchObject({ opcode: SUCCESS, payload: block });
    }
  });

  it('0x08 has been retired: error 0x05', async () => {
    expect(await edge.ask(...signItems(rsa.publicKey, 0x08, Buffer.alloc(256)))).toMatchObject(error(0x05));
  });

  it('0x21 seals what 0x22 unseals, until it has expired: error 0x0A', async () => {
    const sealed = await edge.ask(opcode(SEAL), [PAYLOAD, MESSAGE]);
    expect(sealed.opcode).toBe(SUCCESS);
    expect(sealed.payload.includes(MESSAGE)).toBe(false);
    const unseal: readonly Item[] = [opcode(UNSEAL), [PAYLOAD, sealed.payload]];
    expect(await edge.ask(...unseal)).toMatchObject({ opcode: SUCCESS, payload: MESSAGE });
    let answer;
    do answer = await edge.ask(...unseal);
    while (answer.opcode === SUCCESS);
    expect(answer).toMatchObject(error(0x0a));
  });

  it('0x22 refuses what was not sealed here', async () => {
    expect(await edge.ask(opcode(UNSEAL), [PAYLOAD, Buffer.alloc(200, 1)])).toMatchObject(error(0x01));
  });

  it.each<[string, readonly Item[]]>([
    ['0x23', [opcode(0x23)]],
    ['0x24', [opcode(0x24), [FUNCTION_NAME, Buffer.from('function')]]],
  ])('%s has nothing configured for it: error 0x0B', async (_code, items) => {
    expect(await edge.ask(...items)).toMatchObject(error(0x0b));
  });

  it.each([0, 1, 1000])('0xF1 with %i bytes is answered by 0xF2 with the same', async (length) => {
    const payload = Buffer.alloc(length, 9);
    expect(await edge.ask(opcode(PING), [PAYLOAD, payload])).toMatchObject({ opcode: PONG, payload });
  });

  it('0xF1 needs no payload', async () => {
    expect(await edge.ask(opcode(PING))).toMatchObject({ opcode: PONG, payload: Buffer.alloc(0) });
  });

  it.each([SUCCESS, PONG, ERROR])('%i is for answers only: error 0x06', async (code) => {
    expect(await edge.ask(opcode(code))).toMatchObject(error(0x06));
  });

  it.each([0x00, 0x09, 0x11, 0x19, 0x20, 0x25, 0x34, 0x38, 0x99, 0xf3])(
    '%i is none: error 0x05',
    async (code) => {
      expect(await edge.ask(opcode(code))).toMatchObject(error(0x05));
    },
  );

  it.each([
    ['RSA PKCS#1', rsa.publicKey, 0x05],
    ['RSA-PSS', rsa.publicKey, 0x35],
    ['ECDSA', p256.publicKey, ECDSA_SHA256],
  ])('refuse a digest of the wrong length for %s: error 0x01', async (_scheme, publicKey, code) => {
    for (const length of [0, 31, 33, 48]) {
      expect(await edge.ask(...signItems(publicKey, code, Buffer.alloc(length, 1)))).toMatchObject(
        error(0x01),
      );
    }
  });

  it.each([
    ['ECDSA with an RSA key', rsa.publicKey, ECDSA_SHA256],
    ['RSA with an EC key', p256.publicKey, 0x05],
    ['RSA-PSS with an Ed25519 key', ed25519.publicKey, 0x35],
    ['Ed25519 with an EC key', p256.publicKey, ED25519],
    ['decryption with an EC key', p256.publicKey, RSA_DECRYPT],
  ])('refuse what does not fit the key, %s: error 0x01', async (_what, publicKey, code) => {
    expect(await edge.ask(...signItems(publicKey, code, digest('sha256')))).toMatchObject(error(0x01));
  });
});

describe('errors', () => {
  it('answers a frame that is malformed inside with 0x07 and its id, and goes on', async () => {
    const connection = await keyServer.connect();
    const [answer] = await connection.exchange(frameOfBody(Buffer.of(OPCODE, 0xff, 0xff), { id: 77 }));
    expect(answer).toMatchObject({ id: 77, ...error(0x07) });
    expect(await connection.ask(...PING_ITEMS)).toMatchObject(PINGED);
  });

  it.each([0, 2, 255])('answers a frame of major version %i with 0x04 and closes', async (majorVersion) => {
    const connection = await keyServer.connect();
    const [answer] = await connection.exchange(frame(PING_ITEMS, { id: 78, majorVersion }));
    expect(answer).toMatchObject({ id: 78, ...error(0x04) });
    await connection.closed();
  });

  it('answers each request exactly once, whatever it is', async () => {
    const connection = await keyServer.connect();
    const everyOpcode = Array.from({ length: 256 }, (_, code) => frame([opcode(code)], { id: code }));
    const answers = await connection.exchange(Buffer.concat(everyOpcode), 256);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(256);
    connection.socket.end();
    await connection.closed();
    expect(connection.answers).toHaveLength(256);
  });
});

describe('choosing the key', () => {
  const modulus = Buffer.from(rsa.publicKey.export({ format: 'jwk' }).n!, 'base64url')
    .toString('hex')
    .toUpperCase();
  const certificateDigest: Item = [CERTIFICATE_DIGEST, createHash('sha256').update(modulus).digest()];
  const request = signItems(undefined, 0x05, digest('sha256'));

  it('goes by the SKI when it is there, whatever else is', async () => {
    const { publicKey } = p256;
    expectSignature(
      await edge.ask(certificateDigest, [SERVER_NAME, Buffer.from('example.com')], ...SIGN_ITEMS),
      publicKey,
    );
    const stranger = generateKeyPairSync('ed25519');
    expect(await edge.ask(skiItem(stranger.publicKey), certificateDigest, ...request)).toMatchObject(
      error(0x02),
    );
  });

  it('goes by the certificate digest when there is no SKI', async () => {
    expectSignature(await edge.ask(certificateDigest, ...request), rsa.publicKey);
  });

  it('fails with 0x02 when nothing names a key', async () => {
    expect(await edge.ask(...request)).toMatchObject(error(0x02));
    expect(await edge.ask([SERVER_NAME, Buffer.from('example.com')], ...request)).toMatchObject(error(0x02));
  });

  it.each([
    ['PKCS#1 in PEM', rsa.publicKey, 0x05],
    ['SEC1 in PEM, in a folder in a folder', p256.publicKey, ECDSA_SHA256],
    ['PKCS#8 in DER', p384.publicKey, ECDSA_SHA256],
  ])('finds the key in the file that is %s', async (_form, publicKey, code) => {
    expectSignature(await edge.ask(...signItems(publicKey, code, digest('sha256'))), publicKey);
  });
});

describe('what operators already have', () => {
  it('serves on the configuration of the field, and says of each key in it that it does not use', () => {
    expect(keyServer.command.output).toContain('with 4 keys');
    for (const key of ['hostname', 'zone_id', 'origin_ca_api_key']) {
      expect(keyServer.command.errors).toContain(`${key} is not used by this version`);
    }
  });
});

/** OpenSSL verifies no signature of MD5SHA1: with RSA it shows what was signed, and of ECDSA there is only the form. */
function isSignatureOf(hash: string, publicKey: KeyObject, signature: Buffer): boolean {
  if (hash !== 'md5-sha1') return verify(hash, MESSAGE, publicKey, signature);
  if (publicKey.asymmetricKeyType === 'ec')
    return signature[0] === 0x30 && signature[1] === signature.length - 2;
  return publicDecrypt(publicKey, signature).equals(digest(hash));
}

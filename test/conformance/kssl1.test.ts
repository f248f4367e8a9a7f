import {
  constants,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  publicDecrypt,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateOptions, makeAuthority } from 'latchkey/pki';
import { encodeItem, frame, frameOfBody, type Item, RawConnection } from './frames.js';
import { type ConformingKeyServer, KEYS, skiItem, startKeyServer } from './key-server.js';

// Each fact of docs/protocol/kssl1.md that is about what a key server does, once, in its order and under its headings.

const CERTIFICATE_DIGEST = 0x01;
const SERVER_NAME = 0x02;
const CLIENT_IP = 0x03;
const SKI = 0x04;
const SERVER_IP = 0x05;
const CERTIFICATE_ID = 0x06;
const OPCODE = 0x11;
const PAYLOAD = 0x12;
const FUNCTION_NAME = 0x13;
const EXTRA = 0x14;
const TRACING_SPAN = 0x15;
const REQUEST_CONTEXT = 0x16;
const COMPLIANCE_REGION = 0x17;
const PADDING = 0x20;

const RSA_DECRYPT = 0x01;
const ECDSA_SHA256 = 0x15;
const ED25519 = 0x18;
const SEAL = 0x21;
const UNSEAL = 0x22;
const PING = 0xf1;
const PONG = 0xf2;
const SUCCESS = 0xf0;
const ERROR = 0xff;

const { rsa, p256, p384, ed25519 } = KEYS;
const MESSAGE = Buffer.from('what a handshake signs');
const PING_ITEMS: readonly Item[] = [opcode(PING), [PAYLOAD, MESSAGE]];
const PINGED = { opcode: PONG, payload: MESSAGE };
/** A request that is answered with a signature when nothing of what is added to it is wrong. */
const SIGN_ITEMS: readonly Item[] = [
  skiItem(p256.publicKey),
  opcode(ECDSA_SHA256),
  [PAYLOAD, digest('sha256')],
];
const HOUR = 3_600_000;

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

describe('channel', () => {
  it('is mutually authenticated TLS over TCP', async () => {
    expect(await edge.ask(...PING_ITEMS)).toMatchObject(PINGED);
    expect(await isLetIn({ cert: undefined, key: undefined })).toBe(false);
  });

  it('can be a Unix socket', async () => {
    const connection = await keyServer.connect({ path: keyServer.unixSocket });
    expect(await connection.ask(...PING_ITEMS)).toMatchObject(PINGED);
  });

  it.each(['ECDHE-ECDSA-AES256-GCM-SHA384', 'TLS_AES_256_GCM_SHA384'])('speaks %s', async (name) => {
    const isTls13 = name.startsWith('TLS_');
    const connection = await keyServer.connect(
      isTls13 ? { minVersion: 'TLSv1.3' } : { maxVersion: 'TLSv1.2', ciphers: name },
    );
    expect(connection.socket.getCipher().standardName).toBe(
      isTls13 ? name : 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    );
  });

  it('refuses a client certificate that does not chain to the client CA', async () => {
    const stranger = await makeAuthority('Another CA');
    const certificate = await stranger.issue({ commonName: 'edge' });
    expect(await isLetIn(keyServer.channel(certificate))).toBe(false);
  });

  it.each<[string, Omit<CertificateOptions, 'commonName'>]>([
    ['whose EKU excludes clientAuth', { usages: ['server'] }],
    [
      'that has expired',
      { notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) },
    ],
  ])('refuses a client certificate %s', async (_which, options) => {
    expect(await isLetInWith(options)).toBe(false);
  });

  it.each<[string, Omit<CertificateOptions, 'commonName'>]>([
    ['for clients', { usages: ['client'] }],
    ['without any EKU', {}],
  ])('accepts a client certificate %s', async (_which, options) => {
    expect(await isLetInWith(options)).toBe(true);
  });

  it('does not require ALPN', async () => {
    expect(edge.socket.alpnProtocol).toBe(false);
    expect(await edge.ask(...PING_ITEMS)).toMatchObject(PINGED);
  });

  it('takes a TCP connect that closes at once for no error', async () => {
    const logged = keyServer.command.errors;
    const healthCheck = connectTcp(keyServer.port, '127.0.0.1');
    await once(healthCheck, 'connect');
    healthCheck.end();
    await once(healthCheck, 'close');
    // What comes after it is logged after it.
    expect(await isLetIn({ cert: undefined, key: undefined })).toBe(false);
    const lines = keyServer.command.errors.slice(logged.length).trim().split('\n');
    for (const line of lines) expect(line).toContain('ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
  });
});

describe('frame', () => {
  it.each([0, 1, 0x80000000, 0xffffffff])('echoes the id %i', async (id) => {
    const [answer] = await edge.exchange(frame(PING_ITEMS, { id }));
    expect(answer).toMatchObject({ id, ...PINGED });
  });

  it('is served whatever its minor version', async () => {
    const [answer] = await edge.exchange(frame(PING_ITEMS, { minorVersion: 0xff }));
    expect(answer).toMatchObject(PINGED);
  });

  it('has a body of up to 65535 bytes', async () => {
    const payload = Buffer.alloc(65_535 - 4 - 3, 7);
    expect(await edge.ask(opcode(PING), [PAYLOAD, payload])).toMatchObject({ opcode: PONG, payload });
  });

  it('may have no body: it has no opcode then, error 0x05', async () => {
    const [answer] = await edge.exchange(frameOfBody(new Uint8Array(0)));
    expect(answer).toMatchObject(error(0x05));
    expect(await edge.ask(...PING_ITEMS)).toMatchObject(PINGED);
  });

  it('is answered in any order: a ping does not wait for a signature', async () => {
    const answers = await edge.exchange(
      Buffer.concat([
        frame(signItems(rsa.publicKey, 0x05, digest('sha256')), { id: 1 }),
        frame(PING_ITEMS, { id: 2 }),
      ]),
      2,
    );
    expect(answers.map(({ id }) => id)).toEqual([2, 1]);
  });

  it('may be one of many that are in flight on a connection', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => index);
    const answers = await edge.exchange(
      Buffer.concat(ids.map((id) => frame(SIGN_ITEMS, { id }))),
      ids.length,
    );
    expect(answers.map(({ id }) => id).sort((a, b) => a - b)).toEqual(ids);
    for (const { payload } of answers) expect(verify('sha256', MESSAGE, p256.publicKey, payload)).toBe(true);
  });

  it('may come as two TLS records, header and body', async () => {
    const bytes = frame(PING_ITEMS);
    edge.socket.write(bytes.subarray(0, 8));
    expect(await edge.exchange(bytes.subarray(8))).toMatchObject([PINGED]);
  });

  it('may come as a TLS record for each byte', async () => {
    const bytes = frame(PING_ITEMS);
    for (const byte of bytes.subarray(0, -1)) edge.socket.write(Buffer.of(byte));
    expect(await edge.exchange(bytes.subarray(-1))).toMatchObject([PINGED]);
  });

  it('may be one of many in a TLS record', async () => {
    const answers = await edge.exchange(Buffer.concat([1, 2, 3].map((id) => frame(PING_ITEMS, { id }))), 3);
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('is answered also when the requester has closed its sending side', async () => {
    const connection = await keyServer.connect();
    const ids = [1, 2, 3, 4, 5];
    const frames = ids.map((id) => frame(signItems(rsa.publicKey, 0x05, digest('sha256')), { id }));
    connection.socket.end(Buffer.concat(frames));
    await connection.closed();
    expect(new Set(connection.answers.map(({ id }) => id))).toEqual(new Set(ids));
  });
});

describe('items', () => {
  it.each<[string, Item]>([
    ['server name', [SERVER_NAME, Buffer.from('www.example.com')]],
    ['client IP of IPv4', [CLIENT_IP, Buffer.of(192, 0, 2, 1)]],
    ['client IP of IPv6', [CLIENT_IP, Buffer.alloc(16, 1)]],
    ['server IP of IPv4', [SERVER_IP, Buffer.of(192, 0, 2, 1)]],
    ['server IP of IPv6', [SERVER_IP, Buffer.alloc(16, 1)]],
    ['certificate id', [CERTIFICATE_ID, Buffer.from('a certificate')]],
    ['custom function name, though no function is meant', [FUNCTION_NAME, Buffer.from('function')]],
    ['extra', [EXTRA, Buffer.from([0, 1, 2, 255])]],
    ['tracing span', [TRACING_SPAN, Buffer.alloc(100)]],
    ['tracing span that is unreadable', [TRACING_SPAN, Buffer.of(0xff)]],
    ['request context', [REQUEST_CONTEXT, Buffer.from('{"request_id":"1"}')]],
    ['request context with more in it', [REQUEST_CONTEXT, Buffer.from('{"request_id":"1","more":[{}]}')]],
    ['request context of null', [REQUEST_CONTEXT, Buffer.from('null')]],
    ['request context that is a list', [REQUEST_CONTEXT, Buffer.from('[]')]],
    ['request context whose request_id is no text', [REQUEST_CONTEXT, Buffer.from('{"request_id":null}')]],
    ['request context that is no JSON', [REQUEST_CONTEXT, Buffer.from('{"request_id')]],
    ['request context that is no text', [REQUEST_CONTEXT, Buffer.of(0xff, 0xfe)]],
    ['compliance region', [COMPLIANCE_REGION, Buffer.of(1)]],
    ['padding', [PADDING, Buffer.alloc(1000)]],
    ['tag that is unknown', [0x7f, Buffer.from('whatever')]],
    ['tag 0x00', [0x00, Buffer.from('whatever')]],
    ['server name without a value', [SERVER_NAME, Buffer.alloc(0)]],
    ['client IP without a value', [CLIENT_IP, Buffer.alloc(0)]],
    ['server IP without a value', [SERVER_IP, Buffer.alloc(0)]],
    ['request context without a value', [REQUEST_CONTEXT, Buffer.alloc(0)]],
    ['compliance region without a value', [COMPLIANCE_REGION, Buffer.alloc(0)]],
    ['certificate digest of the wrong length', [CERTIFICATE_DIGEST, Buffer.alloc(31)]],
  ])('may have a %s', async (_what, item) => {
    expectSignature(await edge.ask(item, ...SIGN_ITEMS));
    expectSignature(await edge.ask(...SIGN_ITEMS, item));
  });

  it('may come in any order', async () => {
    expectSignature(await edge.ask(...SIGN_ITEMS.toReversed()));
  });

  it.each<[string, Item]>([
    ['SKI', skiItem(p256.publicKey)],
    ['opcode', opcode(ECDSA_SHA256)],
    ['payload', [PAYLOAD, digest('sha256')]],
  ])('make the frame malformed when a %s is there twice', async (_what, item) => {
    expect(await edge.ask(...SIGN_ITEMS, item)).toMatchObject(error(0x07));
  });

  it.each<[string, Item]>([
    ['opcode of two bytes', [OPCODE, Buffer.of(0, PING)]],
    ['opcode without a value', [OPCODE, Buffer.alloc(0)]],
    ['client IP of 5 bytes', [CLIENT_IP, Buffer.alloc(5)]],
    ['server IP of 15 bytes', [SERVER_IP, Buffer.alloc(15)]],
    ['compliance region of 2 bytes', [COMPLIANCE_REGION, Buffer.alloc(2)]],
  ])('make the frame malformed when there is an %s', async (_what, item) => {
    const rest = item[0] === OPCODE ? SIGN_ITEMS.filter(([tag]) => tag !== OPCODE) : SIGN_ITEMS;
    expect(await edge.ask(...rest, item)).toMatchObject(error(0x07));
  });

  it('make the frame malformed when one runs past the body', async () => {
    const body = Buffer.concat([...PING_ITEMS.map(encodeItem), Buffer.of(SERVER_NAME, 0, 2, 0x61)]);
    expect(await edge.exchange(frameOfBody(body))).toMatchObject([error(0x07)]);
  });

  it.each([1, 2])('may be followed by %i stray bytes', async (length) => {
    const body = Buffer.concat([...PING_ITEMS.map(encodeItem), Buffer.alloc(length, 0xff)]);
    expect(await edge.exchange(frameOfBody(body))).toMatchObject([PINGED]);
  });

  it.each([19, 21])('count as absent when they are a SKI of %i bytes', async (length) => {
    const items: readonly Item[] = [
      [SKI, Buffer.alloc(length)],
      ...signItems(undefined, ECDSA_SHA256, digest('sha256')),
    ];
    expect(await edge.ask(...items)).toMatchObject(error(0x02));
  });

  it.each<[string, readonly Item[]]>([
    ['pong', PING_ITEMS],
    ['signature', SIGN_ITEMS],
    ['error', [opcode(0x99)]],
  ])('end with padding to 1024 bytes at least in the answer that is a %s', async (_what, items) => {
    expect((await edge.ask(...items)).frameLength).toBeGreaterThanOrEqual(1024);
  });
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

function opcode(code: number): Item {
  return [OPCODE, Buffer.of(code)];
}

function signItems(publicKey: KeyObject | undefined, code: number, payload: Uint8Array): readonly Item[] {
  return [...(publicKey === undefined ? [] : [skiItem(publicKey)]), opcode(code), [PAYLOAD, payload]];
}

function digest(hash: string): Buffer {
  const names = hash === 'md5-sha1' ? ['md5', 'sha1'] : [hash];
  return Buffer.concat(names.map((name) => createHash(name).update(MESSAGE).digest()));
}

function error(code: number): { readonly opcode: number; readonly payload: Buffer } {
  return { opcode: ERROR, payload: Buffer.of(code) };
}

/** OpenSSL verifies no signature of MD5SHA1: with RSA it shows what was signed, and of ECDSA there is only the form. */
function isSignatureOf(hash: string, publicKey: KeyObject, signature: Buffer): boolean {
  if (hash !== 'md5-sha1') return verify(hash, MESSAGE, publicKey, signature);
  if (publicKey.asymmetricKeyType === 'ec')
    return signature[0] === 0x30 && signature[1] === signature.length - 2;
  return publicDecrypt(publicKey, signature).equals(digest(hash));
}

function expectSignature(
  { opcode: code, payload }: { opcode: number; payload: Buffer },
  publicKey = p256.publicKey,
) {
  expect(code).toBe(SUCCESS);
  expect(verify('sha256', MESSAGE, publicKey, payload)).toBe(true);
}

async function isLetInWith(options: Omit<CertificateOptions, 'commonName'>): Promise<boolean> {
  const certificate = await keyServer.authority.issue({ commonName: 'edge', ...options });
  return isLetIn(keyServer.channel(certificate));
}

/** Whether a ping is answered before the connection ends. In TLS 1.3 a client learns only then that it was refused. */
async function isLetIn(options: ConnectionOptions): Promise<boolean> {
  const connection = new RawConnection(connect({ ...keyServer.channel(), ...options }));
  try {
    return (await connection.exchange(frame(PING_ITEMS)))[0]?.opcode === PONG;
  } catch {
    return false;
  } finally {
    connection.socket.destroy();
  }
}

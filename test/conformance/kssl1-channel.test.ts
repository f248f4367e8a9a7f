import { verify } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateOptions, makeAuthority } from 'latchkey/pki';
import { encodeItem, frame, frameOfBody, type Item, RawConnection } from './frames.js';
import { type ConformingKeyServer, skiItem, startKeyServer } from './key-server.js';
import {
  CERTIFICATE_DIGEST,
  SERVER_NAME,
  CLIENT_IP,
  SKI,
  SERVER_IP,
  CERTIFICATE_ID,
  OPCODE,
  PAYLOAD,
  FUNCTION_NAME,
  EXTRA,
  TRACING_SPAN,
  REQUEST_CONTEXT,
  COMPLIANCE_REGION,
  PADDING,
  ECDSA_SHA256,
  PING,
  PONG,
  rsa,
  p256,
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

// Each fact of docs/protocol/kssl1.md that is about how requests reach a key server, once, in its order and under its headings.

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

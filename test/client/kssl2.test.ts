import {
  createServer as createTcpServer,
  connect as connectTcp,
  type AddressInfo,
  type Socket,
} from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync, verify } from 'node:crypto';
import { signedContent } from '@latchkey/codec';
import { createKeyServerClient, type KeyServerClient, type KeyServerClientEvent } from '@latchkey/client';
import { subjectKeyIdentifier } from '@latchkey/native';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { startKeyServer, type TestKeyServer } from '../server/support.js';

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ski = subjectKeyIdentifier(p256.publicKey.export({ type: 'spki', format: 'der' }));
const OPERATION = {
  type: 'sign_certificate_verify',
  scheme: 'ecdsa_sha256',
  transcriptHash: Buffer.alloc(32, 7),
} as const;
const DIGEST = { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: Buffer.alloc(32) } as const;

let keyServer: TestKeyServer;
let v1Server: TestKeyServer;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  keyServer = await startKeyServer([p256.privateKey]);
  v1Server = await startKeyServer([p256.privateKey], 'protocols: [kssl1]');
});

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

afterAll(async () => {
  await keyServer.close();
  await v1Server.close();
});

function clientOf(
  server: TestKeyServer,
  {
    port = server.port,
    ...options
  }: Partial<Parameters<typeof createKeyServerClient>[0]> & { port?: number } = {},
): { readonly client: KeyServerClient; readonly events: KeyServerClientEvent[] } {
  const events: KeyServerClientEvent[] = [];
  const client = createKeyServerClient({
    keyServers: [{ host: '127.0.0.1', port }],
    certificate: server.edgeCertificate.certificatePem,
    key: server.edgeCertificate.keyPem,
    ca: server.authority.certificatePem,
    connectionsPerServer: 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  ends.push(() => client.close());
  return { client, events };
}

function within(milliseconds: number) {
  return { deadline: performance.now() + milliseconds };
}

describe('a client of a key server that speaks kssl2', () => {
  it('has signatures of handshakes made, many at once', async () => {
    const { client, events } = clientOf(keyServer);
    const signatures = await Promise.all(
      Array.from({ length: 50 }, () => client.perform({ key: { ski }, operation: OPERATION }, within(5000))),
    );
    for (const signature of signatures) {
      expect(verify('sha256', signedContent(OPERATION), p256.publicKey, signature)).toBe(true);
    }
    expect(events).toMatchObject([{ type: 'connected', protocol: 'kssl2' }]);
  });

  it('answers pings, and has no word for a signature over a digest', async () => {
    const { client } = clientOf(keyServer);
    const payload = Buffer.from('here?');
    const pong = await client.perform({ key: {}, operation: { type: 'ping', payload } }, within(5000));
    expect(Buffer.from(pong)).toEqual(payload);
    await expect(client.perform({ key: { ski }, operation: DIGEST }, within(5000))).rejects.toMatchObject({
      code: 'LATCHKEY_UNENCODABLE_MESSAGE',
    });
  });

  it('is told by a class of its own why not', async () => {
    const { client } = clientOf(keyServer);
    const unknown = { ski: Buffer.alloc(20, 9) };
    await expect(client.perform({ key: unknown, operation: OPERATION }, within(5000))).rejects.toMatchObject({
      code: 'LATCHKEY_KEY_NOT_FOUND',
    });
    const credential = {
      type: 'sign_delegated_credential',
      certificate: Buffer.alloc(1),
      validTime: 1,
      dcCertVerifyAlgorithm: 0x0403,
      subjectPublicKeyInfo: Buffer.alloc(1),
      algorithm: 0x0403,
    } as const;
    await expect(client.perform({ key: { ski }, operation: credential }, within(5000))).rejects.toMatchObject(
      {
        code: 'LATCHKEY_OPERATION_NOT_ALLOWED',
      },
    );
  });

  it('calls off what nobody waits for, and goes on', async () => {
    const { client } = clientOf(keyServer);
    await client.perform({ key: { ski }, operation: OPERATION }, within(5000));
    const abortion = new AbortController();
    const cancelled = client.perform(
      { key: { ski }, operation: OPERATION },
      { ...within(5000), signal: abortion.signal },
    );
    abortion.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'LATCHKEY_OPERATION_CANCELLED' });
    await expect(client.perform({ key: { ski }, operation: OPERATION }, within(5000))).resolves.toBeDefined();
    while (client.statistics().keyServers[0]?.connections[0]?.inFlight !== 0)
      await new Promise((resolve) => setTimeout(resolve, 1));
  });

  it.each([
    ['waits for as long as it is told to where it has had too many', '20/s', undefined],
    ['does not wait for longer than its deadline', '1/h', 'LATCHKEY_RATE_LIMITED'],
  ])('%s', async (_what, rate, code) => {
    const folder = temporaryFolder();
    const policy = join(folder, 'policy.yaml');
    writeFileSync(
      policy,
      `rules: [{clients: all, keys: all, allow: sign}]\nlimits: [{clients: all, rate: ${rate}, burst: 1}]\n`,
    );
    const limited = await startKeyServer([p256.privateKey], `policy_file: ${policy}`);
    ends.push(() => limited.close());
    const { client } = clientOf(limited);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => client.perform({ key: { ski }, operation: OPERATION }, within(5000))),
    );
    const codes = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : undefined,
    );
    expect(codes).toEqual([undefined, code, code]);
    expect(client.statistics().keyServers[0]?.refused).toBeGreaterThan(1);
  });

  it('connects anew when the key server has gone away and come back', async () => {
    const first = await startKeyServer([p256.privateKey]);
    const { client, events } = clientOf(first, { backoff: { initial: 1, maximum: 10 } });
    await client.perform({ key: { ski }, operation: OPERATION }, within(5000));
    const reloaded = first.server.reload();
    await first.server.close();
    await reloaded;
    await expect(client.perform({ key: { ski }, operation: OPERATION }, within(200))).rejects.toMatchObject({
      code: expect.stringMatching(/^LATCHKEY_(KEY_SERVER_UNREACHABLE|DEADLINE_EXCEEDED)$/) as unknown,
    });
    expect(events).toContainEqual(expect.objectContaining({ type: 'disconnected', interrupted: 0 }));
    await first.close();
  });
});

describe('a downgrade', () => {
  it('to kssl1 does not happen unless it is allowed', async () => {
    const { client, events } = clientOf(v1Server);
    await expect(client.perform({ key: { ski }, operation: OPERATION }, within(2000))).rejects.toMatchObject({
      code: 'LATCHKEY_KEY_SERVER_UNREACHABLE',
      reason: 'protocol',
    });
    expect(events).toContainEqual(expect.objectContaining({ type: 'connect_failed' }));
    expect(events).not.toContainEqual(expect.objectContaining({ type: 'connected' }));
    // Nothing was asked there, not even by a ping.
    expect(v1Server.server.statistics().operations).toEqual({});
  });

  it('to kssl1 happens with a key server that speaks nothing else, where it is allowed', async () => {
    const { client, events } = clientOf(v1Server, { protocols: ['kssl2', 'kssl1'] });
    const signature = await client.perform({ key: { ski }, operation: OPERATION }, within(5000));
    expect(verify('sha256', signedContent(OPERATION), p256.publicKey, signature)).toBe(true);
    expect(events).toMatchObject([{ type: 'connected', protocol: 'kssl1' }]);
  });

  it.each([
    ['kssl2 only', ['kssl2'] as const],
    ['either', ['kssl2', 'kssl1'] as const],
  ])(
    'by an attacker who strips the offer from the ClientHello breaks the handshake of an edge that speaks %s',
    async (_what, protocols) => {
      const { port, tampered } = await startStripper(keyServer.port);
      const { client, events } = clientOf(keyServer, { port, protocols });
      await expect(
        client.perform({ key: { ski }, operation: OPERATION }, within(2000)),
      ).rejects.toMatchObject({
        code: 'LATCHKEY_KEY_SERVER_UNREACHABLE',
      });
      expect(tampered()).toBeGreaterThan(0);
      expect(events).not.toContainEqual(expect.objectContaining({ type: 'connected' }));
    },
  );
});

/** Somebody between edge and key server who makes of the offer of kssl2 an extension that means nothing. */
async function startStripper(target: number): Promise<{ port: number; tampered: () => number }> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createTcpServer((near) => {
    const far = connectTcp(target, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    near.on('data', (chunk: Buffer) => {
      // application_layer_protocol_negotiation (16), its length, the list's, and the name (RFC 7301, section 3.1).
      const offer = chunk.indexOf(Buffer.from('001000080006056b73736c32', 'hex'));
      if (offer >= 0) {
        chunk.writeUInt16BE(0xfafa, offer);
        count += 1;
      }
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => near.write(chunk));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, tampered: () => count };
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { makeAuthority } from 'latchkey/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSocket } from './socket-reader.js';

let server: ReturnType<typeof createServer>;
let accepted: TLSSocket;
let client: TLSSocket;

beforeAll(async () => {
  const authority = await makeAuthority();
  const { certificatePem, keyPem } = await authority.issue({
    commonName: 'server',
    names: ['localhost'],
    usages: ['server'],
  });
  server = createServer({ cert: certificatePem, key: keyPem, allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  client = connect({ port, host: '127.0.0.1', ca: authority.certificatePem, servername: 'localhost' });
  await once(client, 'secureConnect');
  [accepted] = await connection;
});

afterAll(() => {
  client.destroy();
  accepted.destroy();
  server.close();
});

describe('readSocket', () => {
  it('hands on all bytes in order, in memory that is used again, and none while the socket is paused', async () => {
    const sent = Buffer.alloc(300_000, 'all that was sent');
    const chunks: Uint8Array[] = [];
    const copies: Buffer[] = [];
    let received = 0;
    let pausedAt = 0;
    let receivedWhilePaused = Infinity;
    const done = new Promise<void>((resolve) => {
      readSocket(accepted, (chunk) => {
        chunks.push(chunk);
        copies.push(Buffer.from(chunk));
        received += chunk.length;
        if (pausedAt === 0 && received > 50_000) {
          pausedAt = received;
          accepted.pause();
          setTimeout(() => {
            receivedWhilePaused = received - pausedAt;
            accepted.resume();
          }, 50);
        }
        if (received === sent.length) resolve();
      });
    });
    client.write(sent);
    await done;
    // What has been decrypted already is handed on.
    expect(receivedWhilePaused).toBeLessThanOrEqual(64 * 1024);
    expect(Buffer.concat(copies).equals(sent)).toBe(true);
    // Fails where Node has other switches than those that are thrown: then each chunk has memory of its own.
    expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(1);
  });

  it('notices the end', async () => {
    const ended = once(accepted, 'end');
    client.end();
    await ended;
  });

  it('reads what has no such switches as it comes', async () => {
    const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
    const chunks: string[] = [];
    readSocket(stream as unknown as TLSSocket, (chunk) => chunks.push(Buffer.from(chunk).toString()));
    stream.push('as it comes');
    await once(stream, 'data');
    expect(chunks).toEqual(['as it comes']);
  });
});

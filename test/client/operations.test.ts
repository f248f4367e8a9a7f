import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CryptographyFailedError,
  DeadlineExceededError,
  KeyNotFoundError,
  KeyServiceClosedError,
  OperationCancelledError,
} from '@latchkey/codec';
import { ErrorCode } from '@latchkey/codec/kssl1';
import { TooManyOperationsError } from '@latchkey/client';
import { describe, expect, it } from 'vitest';
import type { ReceivedRequest } from './fake-key-server.js';
import { bytes, sealing, until, useChannel, within } from './fixture.js';

const channel = useChannel();

describe('operations of a client of key servers', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'are performed over %s, with the key and the context sent',
    async (version) => {
      const server = await channel.startServer({ minVersion: version, maxVersion: version });
      const client = channel.createClient([server.port]);
      const message = bytes('what the handshake signs');
      const key = {
        ski: Buffer.alloc(20, 7),
        serverName: 'www.example',
        clientIp: Uint8Array.of(192, 0, 2, 1),
      };
      const digest = createHash('sha256').update(message).digest();
      const answer = await client.perform(
        { key, operation: { type: 'sign_message', scheme: 'ecdsa_sha256', message } },
        within(30_000),
      );
      expect(Buffer.from(answer)).toEqual(digest);
      const [received] = server.requests;
      expect(received!.request.operation).toMatchObject({ type: 'sign_digest', scheme: 'ecdsa_sha256' });
      expect(Buffer.from(received!.request.key.ski!)).toEqual(key.ski);
      expect(received!.request.key.serverName).toBe('www.example');
      expect(received!.socket.getProtocol()).toBe(version);
    },
  );

  it('are performed over a Unix socket, whose server must be localhost', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'latchkey-'));
    channel.cleanUp(() => rm(directory, { recursive: true }));
    const path = join(directory, 'keys.sock');
    await channel.startServer({ listen: path });
    const client = channel.createClient([], { keyServers: [{ path }] });
    expect(await client.perform(sealing('ticket'), within(30_000))).toEqual(bytes('ticket'));
    expect(client.statistics().keyServers).toMatchObject([{ server: path }]);
  });

  it('share a connection, and get their own answers in whatever order these come', async () => {
    const held: ReceivedRequest[] = [];
    const server = await channel.startServer({ onRequest: (request) => held.push(request) });
    const client = channel.createClient([server.port], { connectionsPerServer: 1 });
    const texts = Array.from({ length: 200 }, (_, index) => `ticket ${index}`);
    const answers = Promise.all(texts.map((text) => client.perform(sealing(text), within(30_000))));
    await until(() => held.length === texts.length);
    expect(server.sockets).toHaveLength(1);
    expect(client.statistics().keyServers[0]!.connections).toEqual([{ state: 'ready', inFlight: 200 }]);
    for (const request of held.toReversed()) request.succeed(blobOf(request));
    expect(await answers).toEqual(texts.map(bytes));
  });

  it('fail with what the key server answers', async () => {
    const codes = [ErrorCode.KEY_NOT_FOUND, ErrorCode.CRYPTOGRAPHY_FAILURE];
    const server = await channel.startServer({ onRequest: (request) => request.fail(codes.shift()!) });
    const client = channel.createClient([server.port]);
    await expect(client.perform(sealing('a'), within(30_000))).rejects.toBeInstanceOf(KeyNotFoundError);
    await expect(client.perform(sealing('b'), within(30_000))).rejects.toBeInstanceOf(
      CryptographyFailedError,
    );
    expect(client.statistics().operations).toMatchObject({ sent: 2, answered: 0, failed: 2, failedOver: 0 });
  });

  it('fail alone when the protocol cannot say them', async () => {
    const server = await channel.startServer();
    const client = channel.createClient([server.port], { connectionsPerServer: 1 });
    const tooLong = { key: {}, operation: { type: 'seal', blob: new Uint8Array(70_000) } } as const;
    const [refused, answered] = await Promise.allSettled([
      client.perform(tooLong, within(30_000)),
      client.perform(sealing('ticket'), within(30_000)),
    ]);
    expect(refused).toMatchObject({ reason: { code: 'LATCHKEY_UNENCODABLE_MESSAGE' } });
    expect(answered).toEqual({ status: 'fulfilled', value: bytes('ticket') });
    expect(client.statistics().operations).toMatchObject({ sent: 1, answered: 1, failed: 1 });
  });

  it('end at their deadline, or after operationTimeout where that is sooner; late answers do no harm', async () => {
    const held: ReceivedRequest[] = [];
    const server = await channel.startServer({ onRequest: (request) => held.push(request) });
    const client = channel.createClient([server.port], { connectionsPerServer: 1, operationTimeout: 500 });
    const warmUp = client.perform(sealing('warm-up'), within(30_000));
    await until(() => held.length === 1);
    held.splice(0)[0]!.succeed(bytes('warm'));
    await warmUp;
    await expect(client.perform(sealing('a'), within(100))).rejects.toBeInstanceOf(DeadlineExceededError);
    await expect(client.perform(sealing('b'), within(Infinity))).rejects.toThrow(
      `the deadline passed while key server 127.0.0.1:${server.port} did not answer`,
    );
    await until(() => held.length === 2);
    const [late, later] = held.splice(0);
    const third = client.perform(sealing('c'), within(30_000));
    await until(() => held.length === 1);
    late!.succeed(bytes('late'));
    later!.succeed(bytes('later'));
    held[0]!.succeed(bytes('in time'));
    expect(await third).toEqual(bytes('in time'));
    expect(client.statistics().keyServers[0]!.connections).toEqual([{ state: 'ready', inFlight: 0 }]);
  });

  it('fail at once when their deadline has passed or they were aborted before they began', async () => {
    const server = await channel.startServer();
    const client = channel.createClient([server.port]);
    await expect(client.perform(sealing('a'), within(-1))).rejects.toBeInstanceOf(DeadlineExceededError);
    await expect(client.perform(sealing('b'), within(30_000, AbortSignal.abort()))).rejects.toBeInstanceOf(
      OperationCancelledError,
    );
    expect(server.requests).toEqual([]);
  });

  it('can be called off in flight, and the connection serves the others', async () => {
    const held: ReceivedRequest[] = [];
    const server = await channel.startServer({ onRequest: (request) => held.push(request) });
    const client = channel.createClient([server.port], { connectionsPerServer: 1 });
    const controller = new AbortController();
    const cancelled = client.perform(sealing('cancelled'), within(30_000, controller.signal));
    const kept = client.perform(sealing('kept'), within(30_000));
    await until(() => held.length === 2);
    controller.abort();
    await expect(cancelled).rejects.toBeInstanceOf(OperationCancelledError);
    for (const request of held) request.succeed(blobOf(request));
    expect(await kept).toEqual(bytes('kept'));
  });

  it('wait while every connection is full, as many as may, and go out when there is room', async () => {
    const held: ReceivedRequest[] = [];
    const server = await channel.startServer({ onRequest: (request) => held.push(request) });
    const client = channel.createClient([server.port], {
      connectionsPerServer: 1,
      maximumInFlight: 2,
      maximumWaiting: 1,
    });
    // The connection is made by an operation of its own: operations that come before it is there wait as well.
    const first = client.perform(sealing('0'), within(30_000));
    await until(() => held.length === 1);
    const second = client.perform(sealing('1'), within(30_000));
    const third = client.perform(sealing('2'), within(30_000));
    await expect(client.perform(sealing('3'), within(30_000))).rejects.toBeInstanceOf(TooManyOperationsError);
    await until(() => held.length === 2);
    expect(client.statistics().operations.waiting).toBe(1);
    held[0]!.succeed(bytes('answer 0'));
    await until(() => held.length === 3);
    held[1]!.succeed(bytes('answer 1'));
    held[2]!.succeed(bytes('answer 2'));
    expect(await Promise.all([first, second, third])).toEqual(
      ['answer 0', 'answer 1', 'answer 2'].map(bytes),
    );
  });

  it('fail when the client is closed, wherever they are; closing again does nothing', async () => {
    const held: ReceivedRequest[] = [];
    const server = await channel.startServer({ onRequest: (request) => held.push(request) });
    const client = channel.createClient([server.port], { connectionsPerServer: 1, maximumInFlight: 1 });
    const outcomes = Promise.allSettled(
      ['in flight', 'waiting'].map((text) => client.perform(sealing(text), within(30_000))),
    );
    await until(() => held.length === 1);
    await Promise.all([client.close(), client.close()]);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(KeyServiceClosedError) });
    }
    await expect(client.perform(sealing('late'), within(30_000))).rejects.toBeInstanceOf(
      KeyServiceClosedError,
    );
    await until(() => server.sockets.every(({ closed }) => closed));
    expect(client.statistics().keyServers[0]!.connections).toEqual([{ state: 'closed', inFlight: 0 }]);
  });
});

function blobOf({ request: { operation } }: ReceivedRequest): Uint8Array {
  if (operation.type !== 'seal') throw new Error(`unexpected ${operation.type}`);
  // A view of the chunk, which the socket may have used for something else by now.
  return new Uint8Array(operation.blob);
}

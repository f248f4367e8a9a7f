import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { KeyServerConnectionError, type KeyServerClientEvent } from '@latchkey/client';
import { DeadlineExceededError, KeyServiceClosedError, OperationCancelledError } from '@latchkey/codec';
import { describe, expect, it } from 'vitest';
import type { FakeKeyServer, ReceivedRequest } from './fake-key-server.js';
import { bytes, freePort, sealing, until, useChannel, within } from './fixture.js';

const channel = useChannel();

const hold = (): void => {};
const ONE_CONNECTION = { connectionsPerServer: 1 };
/** So short that a connection that broke is made anew at once. */
const EAGER = { initial: 1, maximum: 1 };
/** So long that no second attempt is made during the test. */
const PATIENT = { initial: 60_000, maximum: 60_000 };

/** The server that has received the only request so far. */
async function receiver(servers: readonly FakeKeyServer[]): Promise<[FakeKeyServer, ReceivedRequest]> {
  const find = (): FakeKeyServer | undefined => servers.find(({ requests }) => requests.length > 0);
  await until(() => find() !== undefined);
  const server = find()!;
  return [server, server.requests[0]!];
}

/** A port where connections are accepted and nothing ever comes back. */
async function blackHole(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    channel.cleanUp(() => void socket.destroy());
  });
  channel.cleanUp(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

describe('connections to key servers', () => {
  it('are made with the first operation, and the rest of a pool once the server has answered', async () => {
    const server = await channel.startServer();
    const client = channel.createClient([server.port], { connectionsPerServer: 3 });
    expect(client.statistics().keyServers[0]!.connections.map(({ state }) => state)).toEqual([
      'idle',
      'idle',
      'idle',
    ]);
    await client.perform(sealing('ticket'), within(30_000));
    await until(() => client.statistics().keyServers[0]!.connections.every(({ state }) => state === 'ready'));
    // With TLS 1.3 the client's part of a handshake is done before the server's.
    await until(() => server.sockets.length === 3);
  });

  it('are tried one at a time where the server is down', async () => {
    const events: KeyServerClientEvent[] = [];
    const client = channel.createClient([await freePort()], {
      connectionsPerServer: 4,
      backoff: PATIENT,
      onEvent: (event) => events.push(event),
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(client.perform(sealing('ticket'), within(30_000))).rejects.toMatchObject({
        reason: 'refused',
      });
    }
    expect(events.map(({ type }) => type)).toEqual(['connect_failed']);
    expect(client.statistics().keyServers[0]!.connections.map(({ state }) => state)).toEqual([
      'backoff',
      'idle',
      'idle',
      'idle',
    ]);
  });

  it('get operations where the wait is likely to be the shortest', async () => {
    const servers = await Promise.all([1, 2].map(() => channel.startServer({ onRequest: hold })));
    const client = channel.createClient(
      servers.map(({ port }) => port),
      ONE_CONNECTION,
    );
    const perform = (count: number) =>
      Promise.allSettled(
        Array.from({ length: count }, () => client.perform(sealing('ticket'), within(30_000))),
      );
    const first = perform(1);
    await until(() =>
      client.statistics().keyServers.every(({ connections }) => connections[0]!.state === 'ready'),
    );
    const others = perform(9);
    const received = (): number[] => servers.map(({ requests }) => requests.length);
    await until(() => received().reduce((sum, count) => sum + count) === 10);
    expect(Math.min(...received())).toBeGreaterThanOrEqual(3);
    // The first server answers all it has, and so gets what comes next.
    const [answered, held] = received();
    for (const request of servers[0]!.requests) request.succeed(bytes('answer'));
    await until(() => client.statistics().keyServers[0]!.inFlight === 0);
    const last = perform(1);
    await until(() => servers[0]!.requests.length === answered! + 1);
    expect(servers[1]!.requests).toHaveLength(held!);
    await client.close();
    await Promise.all([first, others, last]);
  });

  it('resume the TLS session of the one before', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const resumed: boolean[] = [];
      const server = await channel.startServer({ minVersion: version, maxVersion: version });
      const client = channel.createClient([server.port], {
        ...ONE_CONNECTION,
        backoff: EAGER,
        onEvent: (event) => void (event.type === 'connected' && resumed.push(event.resumed)),
      });
      for (let round = 1; round <= 3; round++) {
        await client.perform(sealing('ticket'), within(30_000));
        server.sockets.at(-1)!.end();
        await until(() => client.statistics().keyServers[0]!.connections[0]!.state !== 'ready');
      }
      expect(resumed.slice(0, 3)).toEqual([false, true, true]);
    }
  });

  it('that the server closes when idle are left closed until they are needed', async () => {
    const events: KeyServerClientEvent[] = [];
    const server = await channel.startServer();
    const client = channel.createClient([server.port], {
      ...ONE_CONNECTION,
      onEvent: (event) => events.push(event),
    });
    await client.perform(sealing('ticket'), within(30_000));
    await until(() => client.statistics().keyServers[0]!.connections[0]!.state === 'ready');
    server.sockets[0]!.end();
    await until(() => client.statistics().keyServers[0]!.connections[0]!.state === 'idle');
    expect(await client.perform(sealing('again'), within(30_000))).toEqual(bytes('again'));
    expect(events).toMatchObject([
      { type: 'connected', tlsVersion: 'TLSv1.3' },
      { type: 'disconnected', failure: { reason: 'closed' }, interrupted: 0 },
      { type: 'connected' },
    ]);
  });

  it('come back by themselves when the server does', async () => {
    const port = await freePort();
    const client = channel.createClient([port], { backoff: { initial: 5, maximum: 20 } });
    await expect(client.perform(sealing('ticket'), within(30_000))).rejects.toMatchObject({
      reason: 'refused',
    });
    await channel.startServer({ listen: port });
    await until(() => client.statistics().keyServers[0]!.connections.some(({ state }) => state === 'ready'));
    expect(await client.perform(sealing('ticket'), within(30_000))).toEqual(bytes('ticket'));
  });

  it('wait longer after each failure in a row', async () => {
    const waits: number[] = [];
    const client = channel.createClient([await freePort()], {
      backoff: { initial: 1, maximum: 8, jitter: 0 },
      onEvent: (event) => void (event.type === 'connect_failed' && waits.push(event.retryIn)),
    });
    await client.perform(sealing('ticket'), within(30_000)).catch(() => {});
    await until(() => waits.length >= 5);
    expect(waits.slice(0, 5)).toEqual([1, 2, 4, 8, 8]);
  });
});

describe('when a connection breaks, its operations', () => {
  it('are answered by another key server', async () => {
    const servers = await Promise.all([1, 2].map(() => channel.startServer({ onRequest: hold })));
    const client = channel.createClient(servers.map(({ port }) => port));
    const answer = client.perform(sealing('ticket'), within(30_000));
    const [broken] = await receiver(servers);
    const [other] = servers.filter((server) => server !== broken);
    await broken.close();
    await until(() => other!.requests.length === 1);
    other!.requests[0]!.succeed(bytes('answer'));
    expect(await answer).toEqual(bytes('answer'));
    expect(client.statistics().operations).toEqual({
      sent: 2,
      answered: 1,
      failed: 0,
      failedOver: 1,
      hedged: 0,
      hedgesWon: 0,
      waiting: 0,
    });
  });

  it('are answered by the same one over a new connection where there is no other', async () => {
    const server = await channel.startServer({
      onRequest: ({ socket, succeed }) => {
        if (socket !== server.sockets[0]) succeed(bytes('answer'));
        // Only a connection that lasted for a while is made anew at once.
        else setTimeout(() => socket.destroy(), 10);
      },
    });
    const client = channel.createClient([server.port], { ...ONE_CONNECTION, backoff: EAGER });
    expect(await client.perform(sealing('ticket'), within(30_000))).toEqual(bytes('answer'));
    expect(client.statistics().operations).toMatchObject({ sent: 2, failedOver: 1 });
  });

  it('are not sent over others that break with it', async () => {
    const server = await channel.startServer({
      onRequest: ({ socket, succeed }) =>
        socket === server.sockets[3] ? succeed(bytes('answer')) : void socket.destroy(),
    });
    const client = channel.createClient([server.port], {
      connectionsPerServer: 4,
      backoff: PATIENT,
      // The ends of a process's connections do not arrive all at once.
      onEvent: ({ type }) => {
        if (type === 'disconnected') for (const socket of server.sockets.slice(0, 3)) socket.destroy();
      },
    });
    await client.perform({ key: {}, operation: { type: 'ping', payload: bytes('') } }, within(30_000));
    await until(() => client.statistics().keyServers[0]!.connections.every(({ state }) => state === 'ready'));
    expect(await client.perform(sealing('ticket'), within(30_000))).toEqual(bytes('answer'));
  });

  it('are not sent a fourth time', async () => {
    const servers = await Promise.all(
      [1, 2, 3, 4].map(() => channel.startServer({ onRequest: ({ socket }) => void socket.destroy() })),
    );
    const client = channel.createClient(servers.map(({ port }) => port));
    await expect(client.perform(sealing('poison'), within(30_000))).rejects.toBeInstanceOf(
      KeyServerConnectionError,
    );
    expect(servers.flatMap(({ requests }) => requests)).toHaveLength(3);
  });

  it('fail where doing them twice may not be the same as once', async () => {
    const servers = await Promise.all(
      [1, 2].map(() => channel.startServer({ onRequest: ({ socket }) => void socket.destroy() })),
    );
    const client = channel.createClient(servers.map(({ port }) => port));
    const request = { key: {}, operation: { type: 'rpc', payload: bytes('transfer') } } as const;
    await expect(client.perform(request, within(30_000))).rejects.toBeInstanceOf(KeyServerConnectionError);
    expect(servers.flatMap(({ requests }) => requests)).toHaveLength(1);
  });

  it('move on from a server that answers garbage', async () => {
    let sane = true;
    const mad = await channel.startServer({
      onRequest: ({ socket, succeed }) =>
        sane ? succeed(bytes('answer')) : socket.write('HTTP/1.1 200 OK\r\n\r\n'),
    });
    const good = await channel.startServer({ onRequest: ({ succeed }) => succeed(bytes('answer')) });
    const client = channel.createClient([mad.port, good.port], { backoff: PATIENT });
    await client.perform(sealing('ticket'), within(30_000));
    await until(() =>
      client.statistics().keyServers.every(({ connections }) => connections[1]!.state === 'ready'),
    );
    sane = false;
    const answers = Array.from({ length: 20 }, () => client.perform(sealing('ticket'), within(30_000)));
    expect(await Promise.all(answers)).toEqual(answers.map(() => bytes('answer')));
    expect(mad.requests.length).toBeGreaterThan(1);
    expect(client.statistics().keyServers[0]!.connections.map(({ state }) => state)).toEqual([
      'backoff',
      'backoff',
    ]);
  });

  it('move on from a server that has fallen silent', async () => {
    const silent = await channel.startServer({ answersPings: false, onRequest: hold });
    const client = channel.createClient([silent.port], {
      ...ONE_CONNECTION,
      pingInterval: 20,
      pingTimeout: 20,
      backoff: PATIENT,
    });
    await expect(client.perform(sealing('ticket'), within(30_000))).rejects.toMatchObject({
      reason: 'timeout',
    });
    const good = await channel.startServer();
    const other = channel.createClient([silent.port, good.port], { pingTimeout: 200, backoff: PATIENT });
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => other.perform(sealing('ticket'), within(30_000))),
    );
    expect(answers).toEqual([1, 2, 3, 4].map(() => bytes('ticket')));
  });
});

describe('key servers that are listed anew while operations go on', () => {
  it('are used at once, and those that are not listed any more end when they have answered', async () => {
    const held: ReceivedRequest[] = [];
    const old = await channel.startServer({ onRequest: (request) => held.push(request) });
    const kept = await channel.startServer();
    const added = await channel.startServer();
    const address = ({ port }: FakeKeyServer) => ({ host: '127.0.0.1', port });
    const client = channel.createClient([old.port], { hedging: { share: 0 } });
    const owed = client.perform(sealing('owed'), within(30_000));
    await until(() => held.length === 1);
    client.reconfigure({ keyServers: [address(kept)] });
    await client.perform(sealing('ticket'), within(30_000));
    client.reconfigure({ keyServers: [address(added), address(kept)] });
    await until(() => client.statistics().keyServers.some(({ available }) => available));
    expect(client.statistics().keyServers.map(({ answered }) => answered)).toEqual([0, 1]);
    while (added.requests.length === 0) await client.perform(sealing('ticket'), within(30_000));
    expect(old.sockets.some(({ closed }) => closed)).toBe(false);
    held[0]!.succeed(bytes('late'));
    expect(await owed).toEqual(bytes('late'));
    await until(() => old.sockets.every(({ closed }) => closed));
    expect(client.statistics().operations).toMatchObject({ failed: 0, failedOver: 0 });
  });

  it('are connected to with the new certificate, in the place of connections with the old one', async () => {
    const server = await channel.startServer();
    const client = channel.createClient([server.port], ONE_CONNECTION);
    await client.perform(sealing('ticket'), within(30_000));
    const { certificatePem, keyPem } = await channel.authority.issue({
      commonName: 'renewed edge',
      usages: ['client'],
    });
    client.reconfigure({ certificate: certificatePem, key: keyPem });
    await client.perform(sealing('ticket'), within(30_000));
    expect(server.sockets).toHaveLength(2);
    expect(server.sockets[1]!.getPeerX509Certificate()?.subject).toBe('CN=renewed edge');
    await until(() => server.sockets[0]!.closed);
  });

  it('stay as they were when the change is wrong', async () => {
    const server = await channel.startServer();
    const client = channel.createClient([server.port]);
    expect(() => client.reconfigure({ keyServers: [] })).toThrow(/keyServers must list/);
    expect(await client.perform(sealing('ticket'), within(30_000))).toEqual(bytes('ticket'));
  });
});

describe('as long as no key server is reached, operations', () => {
  it('wait while one may still answer', async () => {
    const client = channel.createClient([await freePort(), await blackHole()], {
      connectTimeout: 60_000,
      backoff: PATIENT,
    });
    await expect(client.perform(sealing('ticket'), within(200))).rejects.toBeInstanceOf(
      DeadlineExceededError,
    );
    const controller = new AbortController();
    const cancelled = client.perform(sealing('ticket'), within(30_000, controller.signal));
    controller.abort();
    await expect(cancelled).rejects.toBeInstanceOf(OperationCancelledError);
    const closed = client.perform(sealing('ticket'), within(30_000));
    await Promise.all([expect(closed).rejects.toBeInstanceOf(KeyServiceClosedError), client.close()]);
    expect(client.statistics().operations).toMatchObject({ sent: 0, failed: 3, waiting: 0 });
  });

  it('fail at once when all have failed', async () => {
    const client = channel.createClient([await freePort(), await freePort()], { backoff: PATIENT });
    const error: unknown = await client
      .perform(sealing('ticket'), within(30_000))
      .catch((error: unknown) => error);
    expect((error as KeyServerConnectionError).failures.map(({ reason }) => reason)).toEqual([
      'refused',
      'refused',
    ]);
    await expect(client.perform(sealing('ticket'), within(30_000))).rejects.toBeInstanceOf(
      KeyServerConnectionError,
    );
  });

  it('go to the ones that are there', async () => {
    const server = await channel.startServer();
    const client = channel.createClient([await freePort(), await blackHole(), server.port]);
    expect(await client.perform(sealing('ticket'), within(30_000))).toEqual(bytes('ticket'));
  });
});

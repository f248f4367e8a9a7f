import { ErrorCode } from '@latchkey/codec/kssl1';
import { CryptographyFailedError, InternalError, KeyNotFoundError } from '@latchkey/codec';
import type { KeyServerClient, KeyServerClientEvent, KeyServerStatistics } from '@latchkey/client';
import { describe, expect, it } from 'vitest';
import { startRelay, type Relay } from '../support/relay.js';
import type { FakeKeyServer, ReceivedRequest } from './fake-key-server.js';
import { bytes, sealing, until, useChannel, within } from './fixture.js';

const channel = useChannel();

/** How long an operation may take whose answer another key server must give: longer than any test lasts. */
const LONG = 50_000;

/** So long that silence is noticed by the operations that hang, not by pings. */
const PATIENT_PINGS = { pingInterval: 0, pingTimeout: 60_000 };

async function isReady(client: KeyServerClient): Promise<void> {
  await until(() => client.statistics().keyServers.every(({ available }) => available));
}

function portsOf(servers: readonly FakeKeyServer[]): number[] {
  return servers.map(({ port }) => port);
}

/** Two key servers of which the first that is asked does not answer; the requests that it has not. */
async function startTwo(): Promise<{ servers: FakeKeyServer[]; held: ReceivedRequest[] }> {
  const held: ReceivedRequest[] = [];
  let slow: ReceivedRequest['socket'] | undefined;
  const servers = await Promise.all(
    [1, 2].map(() =>
      channel.startServer({
        onRequest: (request) => {
          slow ??= request.socket;
          if (request.socket === slow) held.push(request);
          else request.succeed(bytes('answer'));
        },
      }),
    ),
  );
  return { servers, held };
}

describe('an operation whose answer takes long', () => {
  it('is sent to a second key server, whose answer counts; the late one does no harm', async () => {
    const { servers, held } = await startTwo();
    const client = channel.createClient(portsOf(servers), { connectionsPerServer: 1 });
    expect(await client.perform(sealing('ticket'), within(LONG))).toEqual(bytes('answer'));
    expect(client.statistics().operations).toMatchObject({ sent: 2, hedged: 1, hedgesWon: 1, failedOver: 0 });
    expect(held).toHaveLength(1);
    held[0]!.succeed(bytes('late'));
    await until(() => client.statistics().keyServers.every(({ inFlight }) => inFlight === 0));
    expect(client.statistics().keyServers.map(({ answered }) => answered)).toEqual([1, 1]);
    expect(client.statistics().operations.answered).toBe(1);
  });

  it('is answered by the first where that is sooner after all', async () => {
    const requests: ReceivedRequest[] = [];
    const servers = await Promise.all(
      [1, 2].map(() => channel.startServer({ onRequest: (request) => requests.push(request) })),
    );
    const client = channel.createClient(portsOf(servers));
    const answer = client.perform(sealing('ticket'), within(LONG));
    await until(() => requests.length === 2);
    requests[0]!.succeed(bytes('first'));
    expect(await answer).toEqual(bytes('first'));
    expect(client.statistics().operations).toMatchObject({ hedged: 1, hedgesWon: 0 });
  });

  it('is left where it is when it may do something, or hedging is off', async () => {
    for (const [request, share] of [
      [{ key: {}, operation: { type: 'rpc', payload: bytes('transfer') } }, 1],
      [sealing('ticket'), 0],
    ] as const) {
      const { servers, held } = await startTwo();
      const client = channel.createClient(portsOf(servers), { hedging: { share, minimumDelay: 1 } });
      const answer = client.perform(request, within(LONG));
      await until(() => client.statistics().keyServers.some(({ overdue }) => overdue > 2));
      held[0]!.succeed(bytes('late'));
      expect(await answer).toEqual(bytes('late'));
      expect(client.statistics().operations).toMatchObject({ sent: 1, hedged: 0, failedOver: 0 });
    }
  });

  it('is not sent twice beyond the share of operations that may be', async () => {
    const servers = await Promise.all([1, 2].map(() => channel.startServer({ onRequest: () => {} })));
    const client = channel.createClient(portsOf(servers), { hedging: { share: 0.1, minimumDelay: 1 } });
    const outcomes = Promise.allSettled(
      Array.from({ length: 50 }, () => client.perform(sealing('ticket'), within(LONG))),
    );
    const overdue = () => client.statistics().keyServers.reduce((sum, server) => sum + server.overdue, 0);
    await until(() => overdue() > 200);
    // Ten that were saved up; those that came with the 50 found no room.
    expect(client.statistics().operations.hedged).toBe(10);
    await client.close();
    await outcomes;
  });
});

describe('a key server that falls silent', () => {
  it('is found out by the operations that hang, gets no more, and comes back when it speaks again', async () => {
    const events: KeyServerClientEvent[] = [];
    const servers = await Promise.all([1, 2, 3].map(() => channel.startServer()));
    const relays: Relay[] = [];
    for (const { port } of servers) {
      const relay = await startRelay(port);
      channel.cleanUp(() => relay.close());
      relays.push(relay);
    }
    const client = channel.createClient(
      relays.map(({ port }) => port),
      { ...PATIENT_PINGS, hedging: { share: 0, minimumDelay: 5 }, onEvent: (event) => events.push(event) },
    );
    await client.perform(sealing('first'), within(LONG));
    await isReady(client);
    const [hole] = relays;
    const silent = (): KeyServerStatistics => client.statistics().keyServers[0]!;
    hole!.blackHole = true;
    const performMany = () =>
      Promise.all(Array.from({ length: 50 }, () => client.perform(sealing('ticket'), within(LONG))));
    while (silent().ejections === 0) await performMany();
    expect(silent()).toMatchObject({ available: false, ejections: 1 });
    const { sent } = silent();
    for (let round = 0; round < 5; round++) await performMany();
    expect(silent().sent).toBe(sent);
    hole!.blackHole = false;
    await until(() => silent().available);
    while (silent().sent === sent) await performMany();
    // On a busy machine another may seem silent for a moment.
    const itsEvents = events.filter(({ server }) => server === `127.0.0.1:${hole!.port}`);
    expect(itsEvents.filter(({ type }) => type !== 'connected')).toMatchObject([
      { type: 'ejected', reason: 'silent' },
      { type: 'restored' },
    ]);
    expect(client.statistics().operations.failed).toBe(0);
  });

  it('gets operations all the same where there is no other', async () => {
    const server = await channel.startServer();
    const relay = await startRelay(server.port);
    channel.cleanUp(() => relay.close());
    const client = channel.createClient([relay.port], PATIENT_PINGS);
    await client.perform(sealing('first'), within(LONG));
    relay.blackHole = true;
    const hanging = client.perform(sealing('hanging'), within(LONG));
    await until(() => client.statistics().keyServers[0]!.ejections === 1);
    const late = client.perform(sealing('late'), within(LONG));
    relay.blackHole = false;
    expect(await Promise.all([hanging, late])).toEqual(['hanging', 'late'].map(bytes));
    expect(client.statistics().operations).toMatchObject({ sent: 3, failed: 0 });
  });
});

describe('a key server that answers with an error', () => {
  async function startRefusing(code: ErrorCode) {
    const refusing = await channel.startServer({ onRequest: (request) => request.fail(code) });
    const good = await channel.startServer();
    return { refusing, good };
  }

  it.each([
    ['of its own', ErrorCode.INTERNAL_ERROR],
    ['since it does not know the key', ErrorCode.KEY_NOT_FOUND],
  ])('%s is not the last word where there is another', async (_, code) => {
    const { refusing, good } = await startRefusing(code);
    const client = channel.createClient([refusing.port, good.port]);
    while (refusing.requests.length < 3)
      expect(await client.perform(sealing('ticket'), within(LONG))).toEqual(bytes('ticket'));
    expect(client.statistics().operations).toMatchObject({ failed: 0 });
  });

  it('is believed where all say the same', async () => {
    for (const [code, error] of [
      [ErrorCode.KEY_NOT_FOUND, KeyNotFoundError],
      [ErrorCode.INTERNAL_ERROR, InternalError],
    ] as const) {
      const servers = await Promise.all(
        [1, 2].map(() => channel.startServer({ onRequest: (request) => request.fail(code) })),
      );
      const client = channel.createClient(portsOf(servers));
      await client.perform(sealing('ticket'), within(LONG)).catch(() => {});
      await isReady(client);
      await expect(client.perform(sealing('ticket'), within(LONG))).rejects.toBeInstanceOf(error);
    }
  });

  it('about the request itself is believed at once', async () => {
    const { refusing } = await startRefusing(ErrorCode.CRYPTOGRAPHY_FAILURE);
    const client = channel.createClient([refusing.port, refusing.port]);
    await expect(client.perform(sealing('ticket'), within(LONG))).rejects.toBeInstanceOf(
      CryptographyFailedError,
    );
    expect(refusing.requests).toHaveLength(1);
  });

  it('over and over is left alone, then tried again, for longer each time that it fails', async () => {
    const events: KeyServerClientEvent[] = [];
    let isIll = true;
    const ill = await channel.startServer({
      onRequest: ({ succeed, fail }) => (isIll ? fail(ErrorCode.INTERNAL_ERROR) : succeed(bytes('ticket'))),
    });
    const good = await channel.startServer();
    const client = channel.createClient([ill.port, good.port], {
      backoff: { initial: 20, maximum: 20, jitter: 0 },
      onEvent: (event) => events.push(event),
    });
    const count = (type: KeyServerClientEvent['type']) =>
      events.filter((event) => event.type === type).length;
    const performUntil = async (condition: () => boolean) => {
      while (!condition())
        expect(await client.perform(sealing('ticket'), within(LONG))).toEqual(bytes('ticket'));
    };
    await performUntil(() => count('ejected') === 1);
    expect(ill.requests).toHaveLength(5);
    await performUntil(() => count('ejected') === 3);
    expect(count('restored')).toBe(2);
    // On probation one fault is enough.
    expect(ill.requests).toHaveLength(7);
    isIll = false;
    await performUntil(() => client.statistics().keyServers[0]!.answered > 5);
    expect(client.statistics().operations.failed).toBe(0);
  });
});

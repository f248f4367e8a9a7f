import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  TlsFlag,
  TlsNotEstablishedError,
  TlsServerConnection,
  tlsStatistics,
  type TlsContext,
  type TlsRequest,
} from '@latchkey/native';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  assertNothingHeld,
  Encounter,
  makeContext,
  makeSite,
  performWith,
  visitorOf,
  type Answer,
  type Site,
} from './tls-encounter.js';

let site: Site;
let context: TlsContext;
beforeAll(async () => {
  site = await makeSite('rsa-2048');
  context = makeContext(site, { staticRsa: true });
});
afterEach(assertNothingHeld);

const STATIC_RSA = { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' } as const;
const ECDHE = { maxVersion: 'TLSv1.2' } as const;

/** A visitor whose handshake stops at the first request of that type. */
async function pauseAt(type: TlsRequest['type'], visitor: object = {}): Promise<[Encounter, TlsRequest]> {
  const encounter = new Encounter({
    connection: new TlsServerConnection({ context, chooseContext: type === 'client_hello' }),
    answer: () => undefined,
    visitor: visitorOf(site, visitor),
  });
  const request = await encounter.paused();
  expect(request.type).toBe(type);
  return [encounter, request];
}

const PAUSES = [
  ['client_hello', {}, 0],
  ['sign', { minVersion: 'TLSv1.3' }, 1],
  ['sign', ECDHE, 1],
  ['decrypt', STATIC_RSA, 1],
] as const;

describe.each(PAUSES)('a handshake that waits at %s (%j)', (type, visitor, fibers) => {
  it('holds a stack only for the private key', async () => {
    const [encounter] = await pauseAt(type, visitor);
    expect(tlsStatistics()).toMatchObject({ connections: 1, fibersInUse: fibers });
    encounter.connection.abort();
  });

  it('leaves nothing behind when it is aborted, and ignores the answer then', async () => {
    const [{ connection }, request] = await pauseAt(type, visitor);
    connection.abort();
    expect(tlsStatistics()).toMatchObject({ connections: 0, fibersInUse: 0 });
    const answer = type === 'client_hello' ? context : performWith(site.key, request);
    expect(connection.finish(request.id, answer)).toBe(0);
    expect(connection.receive(Buffer.from('more'))).toBe(0);
    expect(connection.receiveEnd()).toBe(0);
    expect(connection.write(Buffer.from('more'))).toBe(0);
    expect(connection.end()).toBe(0);
    expect(connection.takeOutput()).toBeUndefined();
    expect(connection.takeRequest()).toBeUndefined();
    connection.abort();
  });

  it('ignores answers to what it did not ask', async () => {
    const [encounter, { id }] = await pauseAt(type, visitor);
    expect(encounter.connection.finish(id + 1, new Uint8Array(48))).toBe(0);
    expect(encounter.connection.fail(0)).toBe(0);
    expect(encounter.connection.error).toBeUndefined();
    encounter.connection.abort();
  });

  it('gives its request out once', async () => {
    const [encounter] = await pauseAt(type, visitor);
    expect(encounter.connection.takeRequest()).toBeUndefined();
    expect(encounter.connection.receive(Buffer.alloc(0)) & TlsFlag.REQUEST).toBe(0);
    encounter.connection.abort();
  });

  it('throws for an answer of the wrong kind and goes on waiting', async () => {
    const [encounter, { id }] = await pauseAt(type, visitor);
    const wrong = (type === 'client_hello' ? Buffer.of(1) : context) as Answer;
    expect(() => encounter.connection.finish(id, wrong)).toThrow(TypeError);
    expect(() => encounter.connection.finish(id, {} as TlsContext)).toThrow(TypeError);
    expect(encounter.connection.error).toBeUndefined();
    encounter.connection.abort();
  });

  it('refuses to be written to', async () => {
    const [encounter] = await pauseAt(type, visitor);
    expect(() => encounter.connection.write(Buffer.from('early'))).toThrow(TlsNotEstablishedError);
    expect(encounter.connection.end() & TlsFlag.ERROR).toBe(0);
    encounter.connection.abort();
  });

  it('fails with internal_error when the request cannot be answered', async () => {
    const [encounter, { id }] = await pauseAt(type, visitor);
    const alert = type === 'client_hello' ? undefined : encounter.alert();
    if (type === 'client_hello') encounter.connection.fail(id);
    else encounter.finish(id, null);
    expect(await (alert ?? 80)).toBe(80);
    expect(encounter.connection.error).toMatchObject({ code: 'LATCHKEY_TLS_OPERATION_FAILED', alert: 80 });
    expect(tlsStatistics().fibersInUse).toBe(0);
    encounter.connection.abort();
  });

  it('fails when more comes meanwhile than may wait', async () => {
    const [{ connection }] = await pauseAt(type, visitor);
    expect(connection.receive(randomBytes(60_000)) & TlsFlag.ERROR).toBe(0);
    expect(connection.receive(randomBytes(10_000)) & TlsFlag.ERROR).toBe(TlsFlag.ERROR);
    expect(connection.error).toMatchObject({ code: 'LATCHKEY_TLS_INPUT_TOO_LARGE', alert: 80 });
    expect(connection.takeOutput()).toBeDefined();
    expect(tlsStatistics().fibersInUse).toBe(0);
    connection.abort();
  });
});

describe('a visitor who closes its side', () => {
  it.each([PAUSES[0], PAUSES[1], PAUSES[2]])(
    'while the handshake waits at %s (%j) ends it',
    async (type, visitor) => {
      const [encounter, { id }] = await pauseAt(type, visitor);
      expect(encounter.connection.receiveEnd() & TlsFlag.ERROR).toBe(TlsFlag.ERROR);
      expect(encounter.connection.error).toMatchObject({ code: 'LATCHKEY_TLS_VISITOR_LEFT' });
      expect(encounter.connection.finish(id, null)).toBe(0);
      expect(tlsStatistics().fibersInUse).toBe(0);
      encounter.connection.abort();
    },
  );

  it('after its part of an RSA key exchange is served', async () => {
    const [encounter, request] = await pauseAt('decrypt', STATIC_RSA);
    await new Promise(setImmediate); // its Finished comes in a piece of its own
    expect(encounter.connection.receiveEnd()).toBe(0);
    const flags = encounter.connection.finish(request.id, performWith(site.key, request));
    expect(flags).toBe(TlsFlag.OUTPUT | TlsFlag.ESTABLISHED | TlsFlag.END);
    encounter.connection.abort();
  });

  it('in the midst of its ClientHello is a failure', () => {
    for (const chooseContext of [false, true]) {
      const connection = new TlsServerConnection({ context, chooseContext });
      connection.receive(Buffer.of(0x16, 3, 1, 1));
      expect(connection.receiveEnd()).toBe(TlsFlag.ERROR);
      expect(connection.error).toMatchObject({ code: 'LATCHKEY_TLS_VISITOR_LEFT', alert: undefined });
      connection.abort();
    }
  });

  it('after the handshake, without close_notify, is an end; we may still write', async () => {
    const encounter = await new Encounter({
      connection: new TlsServerConnection({ context }),
      answer: (request) => performWith(site.key, request),
      visitor: visitorOf(site),
    }).secured();
    await encounter.echo('hello'); // by then the connection has the visitor's Finished too
    expect(encounter.connection.receiveEnd() & (TlsFlag.END | TlsFlag.ERROR)).toBe(TlsFlag.END);
    expect(encounter.connection.write(Buffer.from('late')) & TlsFlag.OUTPUT).toBe(TlsFlag.OUTPUT);
    encounter.connection.abort();
  });
});

describe('an answer that is no good', () => {
  it.each([
    ['empty', () => new Uint8Array()],
    ['longer than any signature of the key', () => randomBytes(257)],
  ])('because it is %s fails with internal_error', async (_, answer) => {
    const encounter = new Encounter({
      connection: new TlsServerConnection({ context }),
      answer,
      visitor: visitorOf(site),
    });
    expect(await encounter.alert()).toBe(80);
    expect(encounter.connection.error).toMatchObject({ code: 'LATCHKEY_TLS_OPERATION_FAILED', alert: 80 });
    encounter.connection.abort();
  });

  it.each([ECDHE, {}])(
    'because it signs something else is found out by the visitor (%j)',
    async (visitor) => {
      const encounter = new Encounter({
        connection: new TlsServerConnection({ context }),
        answer: (request) =>
          performWith(
            site.key,
            request.type === 'sign' ? { ...request, message: Buffer.from('other') } : request,
          ),
        visitor: visitorOf(site, visitor),
      });
      const [error] = (await once(encounter.visitor, 'error')) as [Error];
      expect(error.message).toContain('signature');
      expect(encounter.visitor.authorized).toBe(false);
      encounter.connection.abort();
    },
  );
});

it('200 handshakes that wait at once complete in whatever order the answers come', async () => {
  const encounters = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const [encounter] = await pauseAt('sign', index % 2 === 0 ? ECDHE : {});
      return encounter;
    }),
  );
  expect(tlsStatistics()).toMatchObject({ connections: 200, fibersInUse: 200 });
  const answers = encounters.map(({ requests: [request] }) => performWith(site.key, request!));
  const secured = encounters.map((encounter) => encounter.secured());
  for (let step = 0; step < 200; step += 1) {
    const index = (step * 77) % 200;
    encounters[index]!.finish(1, answers[index]!);
  }
  await Promise.all(secured);
  expect(tlsStatistics().fibersInUse).toBe(0);
  expect(tlsStatistics().fibersPooled).toBeGreaterThanOrEqual(200);
  expect(tlsStatistics().stackHighWaterMark).toBeGreaterThan(0);
  await Promise.all(encounters.map((encounter) => encounter.close()));
});

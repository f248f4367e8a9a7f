import { constants, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { TlsServerConnection, type TlsContext, type TlsRequest, type TlsSession } from '@latchkey/native';
import type { ConnectionOptions } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { Encounter, makeContext, makeSite, performWith, visitorOf, type Site } from './tls-encounter.js';

const TLS12: ConnectionOptions = { maxVersion: 'TLSv1.2' };
const TLS12_WITHOUT_TICKETS: ConnectionOptions = {
  ...TLS12,
  secureOptions: constants.SSL_OP_NO_TICKET,
};
const TLS13: ConnectionOptions = { minVersion: 'TLSv1.3' };

const VISITORS: readonly [string, ConnectionOptions][] = [
  ['a TLS 1.3 ticket', TLS13],
  ['a TLS 1.2 ticket', TLS12],
  ['a TLS 1.2 session id', TLS12_WITHOUT_TICKETS],
];

let site: Site;
beforeAll(async () => {
  site = await makeSite('p-256');
});

function meet(context: TlsContext, visitor: ConnectionOptions): Encounter {
  return new Encounter({
    connection: new TlsServerConnection({ context }),
    answer: (request) => performWith(site.key, request),
    visitor: visitorOf(site, visitor),
  });
}

/** A full handshake: the session that the visitor may come back with. */
async function firstVisit(context: TlsContext, visitor: ConnectionOptions): Promise<Buffer> {
  const encounter = meet(context, visitor);
  const session = once(encounter.visitor, 'session') as Promise<[Buffer]>;
  await encounter.secured();
  await encounter.echo('hello');
  const [bytes] = await session;
  expect(encounter.connection.info().resumed).toBe(false);
  expect(encounter.requests).toHaveLength(1);
  await encounter.close();
  return bytes;
}

/** Comes back with a session: whether it was resumed. */
async function comeBack(context: TlsContext, visitor: ConnectionOptions, session: Buffer): Promise<boolean> {
  const encounter = await meet(context, { ...visitor, session }).secured();
  expect(await encounter.echo('again')).toBe('again');
  const { resumed, signatureScheme } = encounter.connection.info();
  expect(resumed).toBe(encounter.visitor.isSessionReused());
  expect(encounter.requests).toHaveLength(resumed ? 0 : 1);
  expect(signatureScheme).toBe(resumed ? undefined : 'ecdsa_sha256');
  expect(encounter.connection.info().serverName).toBe(site.name);
  await encounter.close();
  return resumed;
}

describe('resumption', () => {
  it.each(VISITORS)('with %s needs no operation', async (_, visitor) => {
    const context = makeContext(site);
    const session = await firstVisit(context, visitor);
    expect(await comeBack(context, visitor, session)).toBe(true);
  });

  it.each(VISITORS)('with %s survives a connection that was cut off', async (_, visitor) => {
    const context = makeContext(site);
    const encounter = meet(context, visitor);
    const session = once(encounter.visitor, 'session') as Promise<[Buffer]>;
    await encounter.secured();
    await encounter.echo('hello');
    encounter.connection.abort();
    encounter.visitor.destroy();
    expect(await comeBack(context, visitor, (await session)[0])).toBe(true);
  });

  it('falls back to a full handshake for a context with other ticket keys', async () => {
    for (const visitor of [TLS12, TLS13]) {
      const session = await firstVisit(makeContext(site), visitor);
      expect(await comeBack(makeContext(site), visitor, session)).toBe(false);
    }
  });

  it.each([
    ['TLS 1.3', TLS13],
    ['TLS 1.2', TLS12],
  ])('of %s works between contexts that share ticket keys', async (_, visitor) => {
    const ticketKeys = [randomBytes(80)];
    const session = await firstVisit(makeContext(site, { ticketKeys }), visitor);
    expect(await comeBack(makeContext(site, { ticketKeys }), visitor, session)).toBe(true);
  });

  it.each([
    ['TLS 1.3', TLS13],
    ['TLS 1.2', TLS12],
  ])('of %s goes on with tickets under an older key until that is dropped', async (_, visitor) => {
    const [old, current] = [randomBytes(80), randomBytes(80)] as const;
    const context = makeContext(site, { ticketKeys: [old] });
    const session = await firstVisit(context, visitor);
    context.setTicketKeys([current, old]);
    expect(await comeBack(context, visitor, session)).toBe(true);
    context.setTicketKeys([current]);
    expect(await comeBack(context, visitor, session)).toBe(false);
  });

  it('renews a TLS 1.2 ticket under an older key', async () => {
    const [old, current] = [randomBytes(80), randomBytes(80)] as const;
    const context = makeContext(site, { ticketKeys: [old] });
    const session = await firstVisit(context, TLS12);
    context.setTicketKeys([current, old]);
    const encounter = meet(context, { ...TLS12, session });
    await encounter.secured();
    const renewed = encounter.visitor.getSession()!;
    await encounter.close();
    context.setTicketKeys([current]);
    expect(await comeBack(context, TLS12, renewed)).toBe(true);
  });

  it('does not carry over to a site with another key, even under the same ticket keys', async () => {
    const ticketKeys = [randomBytes(80)];
    const other = await makeSite('p-256', site.name);
    const session = await firstVisit(makeContext(site, { ticketKeys }), TLS13);
    const encounter = new Encounter({
      connection: new TlsServerConnection({ context: makeContext(other, { ticketKeys }) }),
      answer: (request) => performWith(other.key, request),
      visitor: visitorOf(other, { ...TLS13, session }),
    });
    await encounter.secured();
    expect(encounter.connection.info().resumed).toBe(false);
    await encounter.close();
  });

  it.each([
    ['TLS 1.3 is off with no tickets', TLS13, { ticketCount: 0 }],
    ['session ids is off with no cache', TLS12_WITHOUT_TICKETS, { sessionCacheSize: 0 }],
  ])('of %s', async (_, visitor, options) => {
    const encounter = meet(makeContext(site, options), visitor);
    let sessions = 0;
    encounter.visitor.on('session', () => (sessions += 1));
    await encounter.secured();
    await encounter.echo('hello');
    await encounter.close();
    expect(sessions).toBe(0);
  });

  it('forgets the oldest session ids when its cache is full', async () => {
    const context = makeContext(site, { sessionCacheSize: 1 });
    const first = await firstVisit(context, TLS12_WITHOUT_TICKETS);
    const second = await firstVisit(context, TLS12_WITHOUT_TICKETS);
    expect(await comeBack(context, TLS12_WITHOUT_TICKETS, second)).toBe(true);
    expect(await comeBack(context, TLS12_WITHOUT_TICKETS, first)).toBe(false);
  });

  it('asks for the site first, where that is to be chosen', async () => {
    const context = makeContext(site);
    const session = await firstVisit(context, TLS13);
    const encounter = new Encounter({
      connection: new TlsServerConnection({ chooseContext: true }),
      answer: () => context,
      visitor: visitorOf(site, { ...TLS13, session }),
    });
    await encounter.secured();
    expect(encounter.requests.map(({ type }) => type)).toEqual(['client_hello']);
    expect(encounter.connection.info().resumed).toBe(true);
    await encounter.close();
  });

  it('of TLS 1.3 ends, however often a visitor comes back with the latest ticket', async () => {
    const context = makeContext(site, { sessionTimeoutSeconds: 2 });
    let session = await firstVisit(context, TLS13);
    let resumed = true;
    let resumptions = -1;
    while (resumed) {
      resumptions += 1;
      await delay(300);
      const encounter = meet(context, { ...TLS13, session });
      const latest = once(encounter.visitor, 'session') as Promise<[Buffer]>;
      await encounter.secured();
      await encounter.echo('again');
      resumed = encounter.connection.info().resumed;
      [session] = await latest;
      await encounter.close();
    }
    expect(resumptions).toBeGreaterThan(0);
  });
});

describe('a session that is resumed by its id', () => {
  /** The session that the connection gives out after a full handshake, and the visitor's. */
  async function exported(): Promise<{ visitors: Buffer; session: TlsSession }> {
    const encounter = meet(makeContext(site, { exportSessions: true }), TLS12_WITHOUT_TICKETS);
    await encounter.secured();
    const session = encounter.connection.takeSession();
    const visitors = encounter.visitor.getSession();
    expect(encounter.connection.takeSession()).toBeUndefined();
    await encounter.close();
    return { visitors: visitors!, session: session! };
  }

  /** Comes to another context, which is given the content: whether the session was resumed. */
  async function comeElsewhere(visitors: Buffer, content: Uint8Array): Promise<boolean> {
    const context = makeContext(site, { exportSessions: true });
    const requests: TlsRequest[] = [];
    const encounter = new Encounter({
      connection: new TlsServerConnection({ chooseContext: true }),
      answer: (request) => {
        requests.push(request);
        return request.type === 'client_hello' ? undefined : performWith(site.key, request);
      },
      visitor: visitorOf(site, { ...TLS12_WITHOUT_TICKETS, session: visitors }),
    });
    const { id } = await encounter.paused();
    encounter.finish(id, context, content);
    await encounter.secured();
    expect(await encounter.echo('hello')).toBe('hello');
    expect(requests[0]).toMatchObject({ type: 'client_hello', sessionTicket: false });
    const { resumed } = encounter.connection.info();
    await encounter.close();
    return resumed;
  }

  it('is resumed by another context that is given it', async () => {
    const { visitors, session } = await exported();
    expect(await comeElsewhere(visitors, session.content)).toBe(true);
    expect(await comeElsewhere(visitors, new Uint8Array())).toBe(false);
  });

  it('leads to a full handshake where something else was kept under its id', async () => {
    const { visitors } = await exported();
    const other = await exported();
    expect(await comeElsewhere(visitors, other.session.content)).toBe(false);
    expect(await comeElsewhere(visitors, randomBytes(300))).toBe(false);
  });

  it.each([
    ['TLS 1.3', TLS13],
    ['a ticket', TLS12],
  ])('is none with %s', async (_, visitor) => {
    const encounter = meet(makeContext(site, { exportSessions: true }), visitor);
    await encounter.secured();
    await encounter.echo('hello');
    expect(encounter.connection.takeSession()).toBeUndefined();
    await encounter.close();
  });

  it('is in the ClientHello, as is whether there is a ticket', async () => {
    const { visitors, session } = await exported();
    const ticket = await firstVisit(makeContext(site), TLS12);
    for (const [visitor, expected] of [
      [
        { ...TLS12_WITHOUT_TICKETS, session: visitors },
        { sessionId: session.id, sessionTicket: false },
      ],
      [{ ...TLS12, session: ticket }, { sessionTicket: true }],
      [
        { ...TLS12, ecdhCurve: 'P-256:P-384' },
        { sessionTicket: false, supportedGroups: [0x0017, 0x0018] },
      ],
    ] as const) {
      const encounter = new Encounter({
        connection: new TlsServerConnection({ chooseContext: true }),
        answer: () => undefined,
        visitor: visitorOf(site, visitor),
      });
      expect(await encounter.paused()).toMatchObject(expected);
      encounter.connection.abort();
      encounter.visitor.destroy();
    }
  });
});

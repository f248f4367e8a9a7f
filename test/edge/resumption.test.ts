import { constants, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import {
  createMemoryResumptionStore,
  createTlsServer,
  type EdgeEvent,
  EdgeOptionsError,
  type EdgeTlsServer,
  type EdgeTlsServerOptions,
  type ResumptionStore,
} from '@latchkey/edge';
import { describe, expect, it } from 'vitest';
import { listen, makeSite, until, visit } from './fixture.js';

const site = await makeSite();

const WAYS: readonly (readonly [string, ConnectionOptions])[] = [
  ['a TLS 1.3 ticket', { minVersion: 'TLSv1.3' }],
  ['a TLS 1.2 ticket', { maxVersion: 'TLSv1.2' }],
  ['a TLS 1.2 session id', { maxVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET }],
];

interface RunningEdge {
  readonly server: EdgeTlsServer;
  readonly port: number;
  readonly events: EdgeEvent[];
}

async function startEdge(options: Partial<EdgeTlsServerOptions> = {}): Promise<RunningEdge> {
  const events: EdgeEvent[] = [];
  const server = createTlsServer(
    { ...site, onEvent: (event) => events.push(event), ...options },
    (socket) => {
      socket.on('error', () => {});
      socket.end('welcome');
    },
  );
  const port = await listen(server);
  await server.resumptionReady();
  return { server, port, events };
}

interface Visit {
  /** To come back with. */
  readonly session: Buffer;
  readonly resumed: boolean;
}

async function visitFor(port: number, way: ConnectionOptions, session?: Buffer): Promise<Visit> {
  const socket = await visit(port, { ...way, ...(session && { session }) });
  let latest = socket.getSession();
  // Of TLS 1.3 the ticket comes after the handshake: when the stream has ended, it has come.
  socket.on('session', (ticket) => (latest = ticket));
  const resumed = socket.isSessionReused();
  socket.resume();
  await once(socket, 'close');
  return { session: latest!, resumed };
}

describe.each(WAYS)('a visitor with %s', (_name, way) => {
  it('resumes at another edge that shares a store, without an operation', async () => {
    const store = createMemoryResumptionStore();
    const [a, b] = [await startEdge({ resumption: { store } }), await startEdge({ resumption: { store } })];
    const first = await visitFor(a.port, way);
    expect(first.resumed).toBe(false);
    const operations = site.keyService.requests.length;
    const second = await visitFor(b.port, way, first.session);
    expect(second.resumed).toBe(true);
    expect((await visitFor(a.port, way, second.session)).resumed).toBe(true);
    expect(site.keyService.requests).toHaveLength(operations);
    expect(b.server.statistics()).toMatchObject({ fullHandshakes: 0, resumedHandshakes: 1 });
  });

  it('has a full handshake at an edge that shares nothing', async () => {
    const { session } = await visitFor((await startEdge()).port, way);
    expect((await visitFor((await startEdge()).port, way, session)).resumed).toBe(false);
  });

  it.each<[string, ResumptionStore]>([
    ['fails', rejectingStore()],
    ['never answers', hangingStore()],
  ])('is served, and resumes at the same edge, while the store %s', async (_, store) => {
    const { port, events } = await startEdge({ resumption: { store } });
    const { session } = await visitFor(port, way);
    expect((await visitFor(port, way, session)).resumed).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['resumption_store_failed']);
  });

  it('does not resume at a site with another key, in the same store', async () => {
    const store = createMemoryResumptionStore();
    const { session } = await visitFor((await startEdge({ resumption: { store } })).port, way);
    const other = await startEdge({ ...(await makeSite()), resumption: { store } });
    expect((await visitFor(other.port, way, session)).resumed).toBe(false);
  });
});

describe('ticket keys', () => {
  it('rotate under load without a failed handshake, and hardly anybody needs a full one', async () => {
    const { server, port, events } = await startEdge({ resumption: { ticketKeyLifetime: 1 } });
    const visitors = 8;
    let visits = 0;
    const rotations = (): number => events.filter(({ type }) => type === 'ticket_keys_changed').length;
    await Promise.all(
      Array.from({ length: visitors }, async (_, index) => {
        const [, way] = WAYS[index % 2]!;
        let { session } = await visitFor(port, way);
        while (rotations() < 3 || visits < 500) {
          const next = await visitFor(port, way, session);
          session = next.session;
          visits += 1;
        }
      }),
    );
    const { fullHandshakes, resumedHandshakes, failedHandshakes } = server.statistics();
    expect(failedHandshakes).toEqual({});
    expect(fullHandshakes + resumedHandshakes).toBe(visits + visitors);
    expect(resumedHandshakes / visits).toBeGreaterThan(0.99);
  });

  it('that were given stay until others are given', async () => {
    const [old, current] = [randomBytes(80), randomBytes(80)];
    const { server, port } = await startEdge({ ticketKeys: [old] });
    const [, way] = WAYS[0]!;
    const { session } = await visitFor(port, way);
    server.updateTicketKeys([current, old]);
    const renewed = await visitFor(port, way, session);
    expect(renewed.resumed).toBe(true);
    server.updateTicketKeys([current]);
    expect((await visitFor(port, way, session)).resumed).toBe(false);
    expect((await visitFor(port, way, renewed.session)).resumed).toBe(true);
    expect(() => server.updateTicketKeys([randomBytes(48)])).toThrow(EdgeOptionsError);
    expect(() => server.updateTicketKeys([])).toThrow(EdgeOptionsError);
  });

  it('that rotate by themselves cannot be given', async () => {
    const { server } = await startEdge();
    expect(() => server.updateTicketKeys([randomBytes(80)])).toThrow(EdgeOptionsError);
  });

  it('go on rotating when a server listens again', async () => {
    const { server, events } = await startEdge({ resumption: { ticketKeyLifetime: 1 } });
    server.close();
    await once(server, 'close');
    await delay(1500);
    expect(events).toEqual([]);
    server.listen(0, '127.0.0.1');
    await until(() => events.length > 0);
  });
});

function rejectingStore(): ResumptionStore {
  const reject = () => Promise.reject(new Error('the store is away'));
  return { get: reject, set: reject, add: reject };
}

function hangingStore(): ResumptionStore {
  const hang = () => new Promise<never>(() => {});
  return { get: hang, set: hang, add: hang };
}

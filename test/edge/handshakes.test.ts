import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectNet } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  createTlsServer,
  type EdgeTlsServer,
  type EdgeTlsServerOptions,
  type HandshakeError,
  type SiteOptions,
} from '@latchkey/edge';
import { subjectKeyIdentifier } from '@latchkey/native';
import { describe, expect, it } from 'vitest';
import {
  expectNothingLeft,
  listen,
  makeSite,
  until,
  visit,
  visitInVain,
  visitorOptions,
  type TestSite,
} from './fixture.js';

const KEY_ALGORITHMS = ['p-256', 'p-384', 'p-521', 'rsa-2048', 'rsa-pss-2048', 'ed25519'] as const;
const sites = new Map(
  await Promise.all(KEY_ALGORITHMS.map(async (algorithm) => [algorithm, await makeSite(algorithm)] as const)),
);

interface RunningEdge {
  readonly server: EdgeTlsServer;
  readonly port: number;
  /** What 'tlsClientError' brought. */
  readonly errors: HandshakeError[];
}

async function startEdge(options: EdgeTlsServerOptions): Promise<RunningEdge> {
  const server = createTlsServer(options, (socket) => {
    // Most visitors of these tests leave without reading this.
    socket.on('error', () => {});
    socket.end('welcome');
  });
  const errors: HandshakeError[] = [];
  server.on('tlsClientError', (error) => errors.push(error as HandshakeError));
  return { server, port: await listen(server), errors };
}

async function freshSite(): Promise<TestSite> {
  return makeSite('p-256');
}

/** The session of a connection, once the visitor can resume it. */
async function visitForSession(port: number, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<Buffer> {
  const socket = await visit(port, { maxVersion });
  // Of TLS 1.3 the ticket comes after the handshake: when the stream has ended, it has come.
  let session = socket.getSession();
  socket.on('session', (latest) => (session = latest));
  socket.resume();
  await once(socket, 'close');
  if (session === undefined) throw new Error('the edge gave no session');
  return session;
}

async function namedSite(
  ...serverNames: [string, ...string[]]
): Promise<TestSite & { readonly serverNames: readonly string[] }> {
  return { ...(await makeSite('p-256', serverNames)), serverNames };
}

/** Whom the visitor sees; ends the connection. */
function seenName(socket: TLSSocket): unknown {
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

/** What comes back for bytes sent without TLS, once the edge has closed. */
async function send(port: number, bytes: Uint8Array | string): Promise<Buffer> {
  const raw = connectNet(port, '127.0.0.1');
  raw.on('error', () => {});
  raw.write(bytes);
  const received: Buffer[] = [];
  raw.on('data', (chunk) => received.push(chunk));
  await once(raw, 'close');
  return Buffer.concat(received);
}

describe('a full handshake', () => {
  it.each(
    KEY_ALGORITHMS.flatMap((algorithm) => [
      { algorithm, version: 'TLSv1.2' as const },
      { algorithm, version: 'TLSv1.3' as const },
    ]),
  )('with $algorithm and $version takes one operation', async ({ algorithm, version }) => {
    const site = sites.get(algorithm)!;
    const before = site.keyService.requests.length;
    const { server, port } = await startEdge(site);
    const socket = await visit(port, { minVersion: version, maxVersion: version });
    expect(socket.authorized).toBe(true);
    expect(socket.getProtocol()).toBe(version);
    // Of TLS 1.3 the visitor's side of the handshake ends first.
    await until(() => server.statistics().pendingHandshakes === 0);
    expect(site.keyService.requests.length - before).toBe(1);
    expect(server.statistics()).toMatchObject({
      fullHandshakes: 1,
      resumedHandshakes: 0,
      operations: { sign: 1, decrypt: 0 },
    });
  });

  it('with static RSA takes one decryption, where that is allowed', async () => {
    const site = sites.get('rsa-2048')!;
    const ciphers = 'AES128-GCM-SHA256';
    const options = { maxVersion: 'TLSv1.2', ciphers } as const;
    const { server, port } = await startEdge({ ...site, allowStaticRsa: true });
    const socket = await visit(port, options);
    expect(socket.getCipher().name).toBe(ciphers);
    socket.destroy();
    expect(server.statistics().operations).toEqual({ sign: 0, decrypt: 1 });
    const { port: strictPort } = await startEdge(site);
    expect(await visitInVain(strictPort, options)).toMatchObject({
      code: expect.stringContaining('ALERT_HANDSHAKE_FAILURE') as unknown,
    });
  });

  it('is not to be had with TLS 1.1', async () => {
    const { server, port } = await startEdge(sites.get('rsa-2048')!);
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    expect(await visitInVain(port, old)).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    expect(server.statistics().operations).toEqual({ sign: 0, decrypt: 0 });
  });

  it('tells the key service which key, for whom and for what', async () => {
    const site = await freshSite();
    const { port } = await startEdge(site);
    const socket = await visit(port);
    const spki = socket.getPeerX509Certificate()!.publicKey.export({ type: 'spki', format: 'der' });
    expect(site.keyService.requests).toEqual([
      {
        key: {
          ski: Buffer.from(subjectKeyIdentifier(spki)),
          serverName: 'localhost',
          clientIp: Uint8Array.of(127, 0, 0, 1),
          serverIp: Uint8Array.of(127, 0, 0, 1),
        },
        operation: {
          type: 'sign_certificate_verify',
          scheme: 'ecdsa_sha256',
          transcriptHash: expect.any(Uint8Array) as unknown,
        },
      },
    ]);
  });
});

describe('a returning visitor', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s takes no operation', async (version) => {
    const { server, port } = await startEdge(sites.get('p-256')!);
    const session = await visitForSession(port, version);
    const socket = await visit(port, { maxVersion: version, session });
    expect(socket.isSessionReused()).toBe(true);
    await until(() => server.statistics().pendingHandshakes === 0);
    expect(server.statistics()).toMatchObject({
      fullHandshakes: 1,
      resumedHandshakes: 1,
      operations: { sign: 1, decrypt: 0 },
    });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of %s takes none at another edge with the same ticket keys',
    async (version) => {
      const options = { ...sites.get('p-256')!, ticketKeys: [randomBytes(80)] };
      const first = await startEdge(options);
      const second = await startEdge(options);
      const session = await visitForSession(first.port, version);
      const socket = await visit(second.port, { maxVersion: version, session });
      expect(socket.isSessionReused()).toBe(true);
      socket.destroy();
      expect(second.server.statistics().operations.sign).toBe(0);
    },
  );

  it('takes one when tickets are off', async () => {
    const { server, port } = await startEdge({ ...sites.get('p-256')!, ticketCount: 0 });
    const socket = await visit(port);
    socket.resume();
    await once(socket, 'close');
    expect(server.statistics().fullHandshakes).toBe(1);
  });
});

describe('sites', () => {
  it('are chosen by name, wildcards included', async () => {
    const { port } = await startEdge({
      sites: [await namedSite('a.example', 'www.a.example'), await namedSite('*.b.example')],
    });
    const chosen = async (servername: string): Promise<unknown> =>
      seenName(await visit(port, { servername }));
    expect(await chosen('a.example')).toBe('a.example');
    expect(await chosen('WWW.a.example')).toBe('a.example');
    expect(await chosen('x.b.example')).toBe('*.b.example');
  });

  it.each(['unknown.example', 'b.example', 'y.x.b.example'])(
    '%s is an unrecognized name',
    async (servername) => {
      const { port, errors, server } = await startEdge({ sites: [await namedSite('*.b.example')] });
      expect(await visitInVain(port, { servername })).toMatchObject({
        code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
      });
      await until(() => errors.length === 1);
      expect(errors[0]).toMatchObject({ code: 'LATCHKEY_UNKNOWN_SERVER_NAME' });
      expect(server.statistics().operations.sign).toBe(0);
    },
  );

  it('have a default for visitors who name none, if one is given', async () => {
    const site = await namedSite('a.example');
    const visitor = { servername: '', checkServerIdentity: () => undefined };
    const { port } = await startEdge({ ...(await makeSite('p-256', ['default.example'])), sites: [site] });
    expect(seenName(await visit(port, visitor))).toBe('default.example');
    const { port: portWithout } = await startEdge({ sites: [site] });
    expect(await visitInVain(portWithout, visitor)).toMatchObject({
      code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
    });
  });

  it('have key services of their own', async () => {
    const [first, second] = [await namedSite('a.example'), await namedSite('b.example')];
    const { port } = await startEdge({ sites: [first, second] });
    (await visit(port, { servername: 'b.example' })).destroy();
    expect(first.keyService.requests).toHaveLength(0);
    expect(second.keyService.requests).toHaveLength(1);
  });

  it('have TLS options of their own', async () => {
    const { port } = await startEdge({
      sites: [{ ...(await namedSite('old.example')), maxVersion: 'TLSv1.2' }, await namedSite('new.example')],
    });
    const protocol = async (servername: string): Promise<string | null> => {
      const socket = await visit(port, { servername });
      const negotiated = socket.getProtocol();
      socket.destroy();
      return negotiated;
    };
    expect(await protocol('old.example')).toBe('TLSv1.2');
    expect(await protocol('new.example')).toBe('TLSv1.3');
  });

  it('can be chosen by a function, later', async () => {
    const site = await makeSite('p-256', ['a.example']);
    const asked: (string | undefined)[] = [];
    const { port, errors } = await startEdge({
      chooseSite: async (serverName, { supportedVersions }) => {
        asked.push(serverName);
        expect(supportedVersions).toContain(0x0304);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return serverName === 'a.example' ? site : undefined;
      },
    });
    expect(seenName(await visit(port, { servername: 'A.example' }))).toBe('a.example');
    expect(await visitInVain(port, { servername: 'b.example' })).toMatchObject({
      code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
    });
    expect(asked).toEqual(['a.example', 'b.example']);
    await until(() => errors.length === 1);
  });

  it.each<[string, () => SiteOptions]>([
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
    ['chooses what is no site', () => ({ certificateChain: 'nonsense' })],
  ])('end the handshake with an internal error when that function %s', async (_how, chooseSite) => {
    const { port, errors } = await startEdge({ chooseSite });
    expect(await visitInVain(port)).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR' });
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_SITE_CHOICE_FAILED' });
  });
});

describe('a key service that', () => {
  it.each(['fails', 'throws at once', 'answers nothing'] as const)('%s', async (behaviour) => {
    const site = await freshSite();
    site.keyService.behaviour = behaviour;
    const { port, errors, server } = await startEdge(site);
    expect(await visitInVain(port)).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR' });
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_KEY_OPERATION_FAILED' });
    expect(server.statistics().failedHandshakes).toEqual({ LATCHKEY_KEY_OPERATION_FAILED: 1 });
  });

  it('never answers: the visitor gets an alert by the deadline, and the operation is called off', async () => {
    const site = await freshSite();
    site.keyService.behaviour = 'never answers';
    const { port, errors } = await startEdge({ ...site, handshakeTimeout: 100 });
    expect(await visitInVain(port)).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR' });
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_HANDSHAKE_TIMEOUT' });
    expect(errors[0]?.message).toContain('key service');
    expect(site.keyService.cancelled).toBe(1);
  });

  it('answers garbage: the visitor refuses the signature', async () => {
    const site = await freshSite();
    site.keyService.behaviour = 'answers garbage';
    const { port, errors } = await startEdge(site);
    expect(await visitInVain(port)).toBeInstanceOf(Error);
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_TLS_FAILED' });
  });

  it('answers after the visitor left is not listened to', async () => {
    const site = await freshSite();
    site.keyService.latency = 50;
    const { port, server, errors } = await startEdge(site);
    const visitor = connectTls(visitorOptions(port));
    visitor.on('error', () => {});
    await until(() => site.keyService.requests.length === 1);
    visitor.destroy();
    await until(() => site.keyService.cancelled === 1);
    expectNothingLeft(server);
    await until(() => site.keyService.answered === 1);
    expectNothingLeft(server);
    expect(errors.map(({ code }) => code)).toEqual(['LATCHKEY_VISITOR_LEFT']);
  });
});

describe('what is no handshake', () => {
  it.each([
    ['plain HTTP', 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['garbage', Buffer.alloc(20_000, 'garbage')],
    ['a record of zeros', Buffer.from('1603010200' + '00'.repeat(512), 'hex')],
    ['SSLv2', Buffer.from('801e0100020015000000100100800200800300800400800500800600400700c0', 'hex')],
  ])('costs its own connection: %s', async (_name, bytes) => {
    const { server, port, errors } = await startEdge(sites.get('p-256')!);
    const bystander = visit(port);
    const answer = await send(port, bytes);
    // An alert record, or nothing.
    expect([0x15, undefined]).toContain(answer[0]);
    (await bystander).destroy();
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_TLS_FAILED' });
    expect(server.statistics()).toMatchObject({
      fullHandshakes: 1,
      failedHandshakes: { LATCHKEY_TLS_FAILED: 1 },
    });
  });

  it('and says nothing ends by the deadline', async () => {
    const { port, errors } = await startEdge({ ...sites.get('p-256')!, handshakeTimeout: 50 });
    await send(port, '');
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_HANDSHAKE_TIMEOUT' });
    expect(errors[0]?.message).toContain('visitor');
  });

  it('and closes at once, like a health check, is counted', async () => {
    const { port, errors } = await startEdge(sites.get('p-256')!);
    connectNet(port, '127.0.0.1').end();
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_VISITOR_LEFT' });
  });
});

describe('bounds', () => {
  it('let who comes take the place of who says nothing', async () => {
    const { server, port, errors } = await startEdge({
      ...sites.get('p-256')!,
      maximumPendingHandshakes: 2,
    });
    const silent = [connectNet(port, '127.0.0.1'), connectNet(port, '127.0.0.1')];
    await until(() => server.statistics().pendingHandshakes === 2);
    (await visit(port)).destroy();
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'LATCHKEY_TOO_MANY_HANDSHAKES' });
    for (const raw of silent) raw.destroy();
  });

  it('close connections beyond maximumPendingHandshakes, and serve again afterwards', async () => {
    const site = await freshSite();
    site.keyService.behaviour = 'never answers';
    const { server, port } = await startEdge({ ...site, maximumPendingHandshakes: 2 });
    const pending = [connectTls(visitorOptions(port)), connectTls(visitorOptions(port))];
    for (const visitor of pending) visitor.on('error', () => {});
    await until(() => site.keyService.requests.length === 2);
    await visitInVain(port);
    expect(server.statistics().refusedConnections).toBe(1);
    for (const visitor of pending) visitor.destroy();
    await until(() => server.statistics().pendingHandshakes === 0);
    site.keyService.behaviour = 'answers';
    (await visit(port)).destroy();
  });
});

describe('closing the server', () => {
  it('ends handshakes under way and lets connections finish', async () => {
    const site = await freshSite();
    const server = createTlsServer(site, (socket) => socket.pipe(socket));
    const port = await listen(server);
    const established = await visit(port);
    site.keyService.behaviour = 'never answers';
    const pending = visitInVain(port);
    await until(() => site.keyService.requests.length === 2);
    const closed = once(server, 'close');
    server.close();
    await pending;
    expect(site.keyService.cancelled).toBe(1);
    established.write('still here');
    expect(await once(established, 'data')).toEqual([Buffer.from('still here')]);
    established.end();
    await closed;
    expect(server.statistics().failedHandshakes).toEqual({ LATCHKEY_SERVER_CLOSED: 1 });
  });

  it('with closeAllConnections ends everything', async () => {
    const server = createTlsServer(sites.get('p-256')!, (socket) => socket.on('error', () => {}));
    const port = await listen(server);
    const [established, silent] = [await visit(port), connectNet(port, '127.0.0.1')];
    await until(
      () => server.statistics().openConnections === 1 && server.statistics().pendingHandshakes === 1,
    );
    established.on('error', () => {});
    silent.on('error', () => {});
    const gone = Promise.all([once(established, 'close'), once(silent, 'close'), once(server, 'close')]);
    server.close();
    server.closeAllConnections();
    await gone;
  });
});

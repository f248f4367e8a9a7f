import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type SecureVersion } from 'node:tls';
import { encodeRequest } from '@latchkey/codec/kssl1';
import { createKeyServer, createLogger, type KeyServer, parseConfiguration } from '@latchkey/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Authority, type IssuedCertificate, makeAuthority } from 'latchkey/pki';

const PING = encodeRequest(1, { key: {}, operation: { type: 'ping', payload: Buffer.from('ping') } });
const HOUR = 3_600_000;

let folder: string;
let authority: Authority;
let edge: IssuedCertificate;
let revokedEdge: IssuedCertificate;
let log: Record<string, unknown>[];
let server: KeyServer | undefined;
let port: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-revocation-'));
  authority = await makeAuthority();
  const own = await authority.issue({ commonName: 'key server', names: ['localhost'], usages: ['server'] });
  await write('server.pem', own.certificatePem);
  await write('server-key.pem', own.keyPem);
  await write('keyless_cacert.pem', authority.certificatePem);
  edge = await authority.issue({ commonName: 'edge', usages: ['client'] });
  revokedEdge = await authority.issue({ commonName: 'revoked edge', usages: ['client'] });
  log = [];
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

async function write(name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(folder, name), content);
}

function toPem(list: Buffer): string {
  const lines = list.toString('base64').match(/.{1,64}/g)!;
  return ['-----BEGIN X509 CRL-----', ...lines, '-----END X509 CRL-----', ''].join('\n');
}

/** Starts a key server that reads these files. */
async function start(...lists: readonly string[]): Promise<KeyServer> {
  const text = `port: 0\naddress: 127.0.0.1\nmetrics_port: off\nprivate_key_files: [server-key.pem]\ncrl_files: [${lists.join(', ')}]`;
  const logger = createLogger({
    level: 'warn',
    destination: { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return createKeyServer(parseConfiguration(text, join(folder, 'server.yaml')), { logger });
}

/** Whether the edge gets an answer to a ping. */
async function isLetIn(
  certificate: IssuedCertificate,
  chain = '',
  options: ConnectionOptions = {},
): Promise<boolean> {
  const socket = connectAs(certificate, chain, options);
  socket.write(PING);
  const answered = await new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  socket.destroy();
  return answered;
}

/** A session that the edge can resume: one that the key server has let in. */
async function sessionOf(certificate: IssuedCertificate, maxVersion: SecureVersion): Promise<Buffer> {
  const socket = connectAs(certificate, '', { maxVersion });
  let session: Buffer | undefined;
  socket.on('session', (latest) => (session = latest));
  socket.write(PING);
  await once(socket, 'data');
  socket.destroy();
  return session!;
}

function connectAs({ certificatePem, keyPem }: IssuedCertificate, chain: string, options: ConnectionOptions) {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: authority.certificatePem,
    cert: certificatePem + chain,
    key: keyPem,
    ...options,
  });
  socket.on('error', () => {});
  return socket;
}

async function serve(...lists: readonly string[]): Promise<void> {
  server = await start(...lists);
  const [address] = await server.listen();
  port = address?.type === 'tcp' ? address.port : 0;
}

describe('a key server with revocation lists', () => {
  it.each(['PEM', 'DER'])(
    'refuses a client whose certificate is in a list in %s, and lets in the others',
    async (form) => {
      const list = await authority.revoke({ revoked: [revokedEdge] });
      await write('list.crl', form === 'PEM' ? toPem(list) : list);
      await serve('list.crl');
      expect(await isLetIn(edge)).toBe(true);
      expect(await isLetIn(revokedEdge)).toBe(false);
      expect(server!.statistics().connections.refused).toEqual({ CERT_REVOKED: 1 });
      expect(log).toMatchObject([
        { reason: 'CERT_REVOKED', msg: 'connection refused: the client certificate has been revoked' },
      ]);
    },
  );

  it('lets a revoked client in where no list is configured', async () => {
    await serve();
    expect(await isLetIn(revokedEdge)).toBe(true);
  });

  it('takes the lists of several CAs from one file', async () => {
    const other = await makeAuthority('Other CA');
    const otherEdge = await other.issue({ commonName: 'edge', usages: ['client'] });
    const otherRevoked = await other.issue({ commonName: 'revoked edge', usages: ['client'] });
    await write('keyless_cacert.pem', authority.certificatePem + other.certificatePem);
    const lists = [
      await authority.revoke({ revoked: [revokedEdge] }),
      await other.revoke({ revoked: [otherRevoked] }),
    ];
    await write('all.pem', lists.map(toPem).join('a comment\n'));
    await serve('all.pem');
    expect([await isLetIn(edge), await isLetIn(otherEdge)]).toEqual([true, true]);
    expect([await isLetIn(revokedEdge), await isLetIn(otherRevoked)]).toEqual([false, false]);
    expect(log.filter(({ level }) => level === 40)).toHaveLength(2);
  });

  it('refuses the clients of a CA without a list, and has said so at the start', async () => {
    const other = await makeAuthority('Other CA');
    await write('keyless_cacert.pem', authority.certificatePem + other.certificatePem);
    await write('list.crl', await authority.revoke({ revoked: [revokedEdge] }));
    await serve('list.crl');
    expect(log.map(({ msg }) => msg)).toEqual([
      'crl_files: there is no revocation list of CN=Other CA: its clients are refused',
    ]);
    expect(await isLetIn(await other.issue({ commonName: 'edge', usages: ['client'] }))).toBe(false);
    expect(server!.statistics().connections.refused).toEqual({ UNABLE_TO_GET_CRL: 1 });
  });

  it('checks the clients of an intermediate CA with the lists of all CAs above them', async () => {
    const intermediate = await authority.issueAuthority('Intermediate CA');
    const client = await intermediate.issue({ commonName: 'edge', usages: ['client'] });
    const revoked = await intermediate.issue({ commonName: 'revoked edge', usages: ['client'] });
    await write('keyless_cacert.pem', authority.certificatePem + intermediate.certificatePem);
    await write('root.crl', await authority.revoke({ revoked: [revokedEdge] }));
    await write('intermediate.crl', await intermediate.revoke({ revoked: [revoked] }));
    await serve('root.crl', 'intermediate.crl');
    expect(await isLetIn(client, intermediate.certificatePem)).toBe(true);
    expect(await isLetIn(revoked, intermediate.certificatePem)).toBe(false);
  });
});

describe('createKeyServer', () => {
  it.each([
    ['is missing', undefined, 'there is no such file or folder'],
    ['is no list', () => Buffer.from('no list'), 'this is not a revocation list in PEM or DER'],
    [
      'is a certificate',
      () => Buffer.from(authority.certificatePem),
      'this is not a revocation list in PEM or DER',
    ],
    [
      'is cut off',
      async () => (await authority.revoke({ revoked: [revokedEdge] })).subarray(0, -1),
      'an element of DER is cut off',
    ],
    [
      'has expired',
      () =>
        authority.revoke({
          revoked: [revokedEdge],
          thisUpdate: new Date(Date.now() - 2 * HOUR),
          nextUpdate: new Date(Date.now() - HOUR),
        }),
      'this revocation list has expired (',
    ],
    [
      'is not valid yet',
      () => authority.revoke({ revoked: [revokedEdge], thisUpdate: new Date(Date.now() + HOUR) }),
      'this revocation list is not valid before ',
    ],
    [
      'is of another CA of the same name',
      async () => (await makeAuthority()).revoke({ revoked: [revokedEdge] }),
      'this revocation list is of no CA in cloudflare_ca_cert',
    ],
  ])('does not start with a revocation list that %s', async (_what, make, reason) => {
    if (make !== undefined) await write('list.crl', await make());
    await expect(start('list.crl')).rejects.toMatchObject({
      code: 'LATCHKEY_REVOCATION_LIST_UNUSABLE',
      file: join(folder, 'list.crl'),
      message: expect.stringContaining(reason) as string,
    });
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'does not let an edge resume a session of %s once a reload has brought its revocation',
    async (maxVersion) => {
      const otherEdge = await authority.issue({ commonName: 'another revoked edge', usages: ['client'] });
      await write('ca.crl', await authority.revoke({ revoked: [otherEdge] }));
      await serve('ca.crl');
      const session = await sessionOf(revokedEdge, maxVersion);
      expect(await isLetIn(revokedEdge, '', { maxVersion, session })).toBe(true);
      await write('ca.crl', await authority.revoke({ revoked: [otherEdge, revokedEdge] }));
      expect(await server?.reload()).toMatchObject({ reloaded: true });
      expect(await isLetIn(revokedEdge, '', { maxVersion, session })).toBe(false);
      expect(await isLetIn(edge)).toBe(true);
    },
  );
});

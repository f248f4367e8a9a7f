import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeRequest } from '@latchkey/codec/kssl1';
import { createKeyServer, createLogger, parseConfiguration } from '@latchkey/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IssuedCertificate, makeAuthority } from 'latchkey/pki';
import { fingerprintOf, startKeyServer, type TestKeyServer } from './support.js';

const PING = encodeRequest(1, { key: {}, operation: { type: 'ping', payload: Buffer.from('ping') } });
const HOUR = 3_600_000;

let keyServer: TestKeyServer;

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  keyServer = await startKeyServer([privateKey], 'handshake_timeout: 300ms');
});

afterAll(async () => {
  await keyServer.close();
});

function withCertificate({ certificatePem, keyPem }: IssuedCertificate): ConnectionOptions {
  return { cert: certificatePem, key: keyPem };
}

/** Connects and pings; whether there was an answer before the connection ended. */
async function isLetIn(options: ConnectionOptions): Promise<boolean> {
  const socket = connect({
    host: '127.0.0.1',
    port: keyServer.port,
    ca: keyServer.authority.certificatePem,
    servername: 'localhost',
    ...options,
  });
  socket.on('error', () => {});
  socket.write(PING);
  const answered = await new Promise<boolean>((resolve) => {
    socket.on('data', () => resolve(true));
    socket.on('close', () => resolve(false));
  });
  socket.destroy();
  return answered;
}

/** All sessions that a client gets before the connection ends. */
async function sessionsOf(options: ConnectionOptions): Promise<readonly Buffer[]> {
  const sessions: Buffer[] = [];
  const { port, authority } = keyServer;
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: authority.certificatePem,
    servername: 'localhost',
    ...options,
  });
  socket.on('session', (session) => sessions.push(session));
  socket.on('secureConnect', () => sessions.push(socket.getSession() ?? Buffer.alloc(0)));
  socket.on('error', () => {});
  socket.resume();
  await new Promise((resolve) => socket.on('close', resolve));
  return sessions.filter(({ length }) => length > 0);
}

/** Waits for a line of the log that is not there yet. */
async function logLine(matches: (line: Readonly<Record<string, unknown>>) => boolean) {
  for (;;) {
    const line = keyServer.log.findLast(matches);
    if (line !== undefined) return line;
    await sleep(5);
  }
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a channel of %s', (version) => {
  const only: ConnectionOptions = { minVersion: version, maxVersion: version };

  it('lets in a client with a certificate of the client CA and logs who it is', async () => {
    const certificate = await keyServer.authority.issue({
      commonName: `edge ${version}`,
      usages: ['client'],
    });
    expect(await isLetIn({ ...only, ...withCertificate(certificate) })).toBe(true);
    const line = await logLine(({ fingerprint }) => fingerprint === fingerprintOf(certificate));
    expect(line).toMatchObject({ client: `CN=edge ${version}`, protocol: version, msg: 'edge connected' });
  });

  it('lets in a client whose certificate has no extended key usage', async () => {
    const certificate = await keyServer.authority.issue({ commonName: 'edge without usage' });
    expect(await isLetIn({ ...only, ...withCertificate(certificate) })).toBe(true);
  });

  it('lets in a client that comes with the intermediate of its certificate', async () => {
    const intermediate = await keyServer.authority.issueAuthority('Intermediate CA');
    const { certificatePem, keyPem } = await intermediate.issue({ commonName: 'edge', usages: ['client'] });
    const cert = certificatePem + intermediate.certificatePem;
    expect(await isLetIn({ ...only, cert, key: keyPem })).toBe(true);
  });

  it.each([
    [
      'has expired',
      'CERT_HAS_EXPIRED',
      { notBefore: new Date(Date.now() - 2 * HOUR), notAfter: new Date(Date.now() - HOUR) },
    ],
    ['is not valid yet', 'CERT_NOT_YET_VALID', { notBefore: new Date(Date.now() + HOUR) }],
    ['is for servers only', 'INVALID_PURPOSE', { usages: ['server'] }],
    ['is for signing code only', 'INVALID_PURPOSE', { usages: ['code_signing'] }],
  ] as const)('refuses a client whose certificate %s, and says so', async (_why, reason, options) => {
    const certificate = await keyServer.authority.issue({
      commonName: 'edge',
      usages: ['client'],
      ...options,
    });
    const before = keyServer.server.statistics().connections.refused[reason] ?? 0;
    expect(await isLetIn({ ...only, ...withCertificate(certificate) })).toBe(false);
    expect(await logLine((line) => line['reason'] === reason)).toMatchObject({ level: 40 });
    expect(keyServer.server.statistics().connections.refused[reason]).toBe(before + 1);
  });

  it('refuses a client whose certificate is of another CA', async () => {
    const stranger = await makeAuthority('Other CA');
    const certificate = await stranger.issue({ commonName: 'edge', usages: ['client'] });
    expect(await isLetIn({ ...only, ...withCertificate(certificate) })).toBe(false);
  });

  it('refuses a client whose certificate is of another CA of the same name', async () => {
    const impostor = await makeAuthority();
    const certificate = await impostor.issue({ commonName: 'edge', usages: ['client'] });
    expect(await isLetIn({ ...only, ...withCertificate(certificate) })).toBe(false);
  });

  it('refuses a client without a certificate', async () => {
    expect(await isLetIn(only)).toBe(false);
    await logLine(({ reason }) => reason === 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
  });

  it('does not let a refused client in on the session that it got before it was refused', async () => {
    const expired = {
      usages: ['client'],
      notBefore: new Date(Date.now() - 2 * HOUR),
      notAfter: new Date(Date.now() - HOUR),
    } as const;
    for (const certificate of [
      undefined,
      await keyServer.authority.issue({ commonName: 'edge', ...expired }),
    ]) {
      const options = { ...only, ...(certificate && withCertificate(certificate)) };
      const sessions = await sessionsOf(options);
      for (const session of sessions) expect(await isLetIn({ ...options, session })).toBe(false);
    }
  });

  it('knows a client that resumes its session', async () => {
    const channel = { ...only, ...withCertificate(keyServer.edgeCertificate) };
    const first = await keyServer.connect(channel);
    // In TLS 1.3 the ticket comes after the handshake, before the first answer.
    const ticket = new Promise<Buffer>((resolve) => first.socket.once('session', resolve));
    await first.exchange(PING);
    const session = version === 'TLSv1.2' ? first.socket.getSession() : await ticket;
    const second = await keyServer.connect({ ...channel, session });
    expect(second.socket.isSessionReused()).toBe(true);
    expect(await second.exchange(PING)).toMatchObject([{ kind: 'answer' }]);
  });
});

describe('the channel', () => {
  it.each(['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256'])(
    'speaks TLS 1.2 with %s, as the peers in the field do',
    async (ciphers) => {
      const edge = await keyServer.connect({ maxVersion: 'TLSv1.2', ciphers });
      expect(edge.socket.getCipher().name).toBe(ciphers);
    },
  );

  it('refuses TLS 1.1', async () => {
    const options = withCertificate(keyServer.edgeCertificate);
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    expect(await isLetIn({ ...options, ...old })).toBe(false);
  });

  it('does not need ALPN', async () => {
    const edge = await keyServer.connect();
    expect(await edge.exchange(PING)).toMatchObject([{ kind: 'answer' }]);
  });

  it('refuses a client that offers nothing but protocols it does not speak (RFC 7301, section 3.2)', async () => {
    const options = withCertificate(keyServer.edgeCertificate);
    expect(await isLetIn({ ...options, ALPNProtocols: ['h2'] })).toBe(false);
    expect(await isLetIn(options)).toBe(true);
  });

  it('takes a connection that closes at once for a health check: not a line above debug', async () => {
    const before = keyServer.log.length;
    const polite = connectTcp(keyServer.port, '127.0.0.1');
    await once(polite, 'connect');
    polite.end();
    await once(polite, 'close');
    const rude = connectTcp(keyServer.port, '127.0.0.1');
    await once(rude, 'connect');
    rude.resetAndDestroy();
    const isVisit = ({ msg }: Readonly<Record<string, unknown>>) =>
      String(msg).includes('left before its handshake');
    while (keyServer.log.slice(before).filter(isVisit).length < 2) await sleep(5);
    expect(keyServer.log.slice(before).filter(({ level }) => Number(level) > 20)).toEqual([]);
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a frame without TLS', Buffer.from(PING)],
    ['garbage', Buffer.alloc(300, 0xa5)],
  ])('closes a connection that speaks %s, and none else', async (_what, bytes) => {
    const honest = await keyServer.connect();
    const stranger = connectTcp(keyServer.port, '127.0.0.1');
    stranger.on('error', () => {});
    stranger.resume();
    stranger.write(bytes);
    await once(stranger, 'close');
    expect(await honest.exchange(PING)).toMatchObject([{ kind: 'answer' }]);
  });

  it.each([
    ['says nothing', Buffer.alloc(0)],
    ['says half of a ClientHello', Buffer.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01)],
  ])('closes a connection that %s, in time', async (_what, bytes) => {
    const timeouts = () =>
      keyServer.server.statistics().connections.refused['ERR_TLS_HANDSHAKE_TIMEOUT'] ?? 0;
    const before = timeouts();
    const slow = connectTcp(keyServer.port, '127.0.0.1');
    slow.resume();
    slow.write(bytes);
    await once(slow, 'close');
    while (timeouts() === before) await sleep(5);
    expect(timeouts()).toBe(before + 1);
  });
});

describe('createKeyServer', () => {
  const logger = createLogger({ level: 'silent' });
  const configure = (text: string) =>
    parseConfiguration(
      `private_key_stores: [{dir: keys}]\naddress: 127.0.0.1\n${text}`,
      `${keyServer.folder}/x.yaml`,
    );

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const server = await createKeyServer(configure(`port: ${port}`), { logger });
    await expect(server.listen()).rejects.toMatchObject({
      code: 'LATCHKEY_LISTEN_FAILED',
      message: `cannot listen on 127.0.0.1, port ${port}: something else listens there already`,
    });
    other.close();
  });

  it('leaves the pid file of the key server alone that listens already', async () => {
    const file = join(keyServer.folder, 'running.pid');
    await writeFile(file, '1');
    const server = await createKeyServer(configure(`port: ${keyServer.port}\npid_file: running.pid`), {
      logger,
    });
    await expect(server.listen()).rejects.toMatchObject({ code: 'LATCHKEY_LISTEN_FAILED' });
    expect(await readFile(file, 'utf8')).toBe('1');
  });

  it.each([
    ['auth_cert: server-key.pem', 'server-key.pem: this is a private key where a certificate should be'],
    ['auth_key: server.pem', 'server.pem: this is a certificate where a private key should be'],
    ['auth_key: missing.pem', 'missing.pem: there is no such file or folder'],
    ['auth_key: keys/0.key', 'keys/0.key: this key does not belong to the certificate in '],
    ['cloudflare_ca_cert: keys/0.key', 'keys/0.key: this is a private key where a certificate should be'],
    ['cloudflare_ca_cert: keys', 'keys: this is a folder, not a file'],
  ])('says what is wrong with %s', async (line, message) => {
    const error: unknown = await createKeyServer(configure(line), { logger }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'LATCHKEY_CHANNEL_CERTIFICATE_UNUSABLE' });
    expect(String(error)).toContain(message);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createSecureServer } from 'node:tls';
import {
  KeyServerConnectionError,
  type ConnectionFailureReason,
  type KeyServerClient,
} from '@latchkey/client';
import { KeyServerUnreachableError } from '@latchkey/codec';
import { describe, expect, it } from 'vitest';
import { makeAuthority } from 'latchkey/pki';
import { describeWith } from '../support/requirements.js';
import { freePort, sealing, until, useChannel, within } from './fixture.js';

const channel = useChannel();

/** What a client says that cannot reach its key server. */
async function failureOf(client: KeyServerClient): Promise<KeyServerConnectionError> {
  const error: unknown = await client
    .perform(sealing('ticket'), within(30_000))
    .catch((error: unknown) => error);
  expect(error).toBeInstanceOf(KeyServerConnectionError);
  expect(error).toBeInstanceOf(KeyServerUnreachableError);
  return error as KeyServerConnectionError;
}

/** A TCP server on 127.0.0.1 that does as told with its connections. */
async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    channel.cleanUp(() => void socket.destroy());
    onConnection(socket);
  });
  channel.cleanUp(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a client that cannot reach its key server says why:', () => {
  it('nothing listens there', async () => {
    const port = await freePort();
    const error = await failureOf(channel.createClient([port]));
    expect(error).toMatchObject({
      code: 'LATCHKEY_KEY_SERVER_UNREACHABLE',
      reason: 'refused',
      failures: [{ server: `127.0.0.1:${port}`, code: 'ECONNREFUSED' }],
    });
    expect(error.message).toContain(`127.0.0.1:${port} refused the connection`);
  });

  it('there is no such socket', async () => {
    const path = join(tmpdir(), 'latchkey-no-such.sock');
    const error = await failureOf(channel.createClient([], { keyServers: [{ path }] }));
    expect(error).toMatchObject({ reason: 'unreachable', failures: [{ server: path, code: 'ENOENT' }] });
  });

  it('each of several, for its own reason', async () => {
    const refused = await freePort();
    const plain = await listen((socket) => socket.end('220 ready\r\n'));
    const error = await failureOf(channel.createClient([refused, plain]));
    expect(error.failures.map(({ reason }) => reason)).toEqual(['refused', 'not_tls']);
  });

  it('the server speaks something else than TLS', async () => {
    const port = await listen((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    expect((await failureOf(channel.createClient([port]))).reason).toBe('not_tls');
  });

  it('the server accepts connections, but never finishes the TLS handshake', async () => {
    const port = await listen((socket) => socket.resume());
    const error = await failureOf(channel.createClient([port], { connectTimeout: 100 }));
    expect(error.reason).toBe('timeout');
    expect(error.message).toContain('100 ms');
  });

  it('the server closes the connection during the handshake', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end()));
    expect((await failureOf(channel.createClient([port]))).reason).toBe('closed');
  });

  it('the server has a certificate from another CA', async () => {
    const other = await makeAuthority('Another CA');
    const server = await channel.startServer();
    const client = channel.createClient([server.port], { ca: other.certificatePem });
    expect((await failureOf(client)).reason).toBe('server_certificate_untrusted');
  });

  it('the server has a certificate for clients: the two were mixed up', async () => {
    const { certificatePem: cert, keyPem: key } = channel.client;
    const server = await channel.startServer({ cert, key });
    expect((await failureOf(channel.createClient([server.port]))).reason).toBe(
      'server_certificate_untrusted',
    );
  });

  it.each(['127.0.0.2', 'other.example'])('the server has no certificate for %s', async (serverName) => {
    const { port } = await channel.startServer();
    const keyServers = [{ host: '127.0.0.1', port, serverName }];
    const error = await failureOf(channel.createClient([], { keyServers }));
    expect(error.reason).toBe('server_certificate_name');
    expect(error.message).toContain(serverName);
  });

  it.each([
    ['has expired', { notBefore: new Date(0), notAfter: new Date(1e12) }],
    ['is not valid yet', { notBefore: new Date(Date.now() + 3_600_000) }],
  ])('the certificate of the server %s', async (words, validity) => {
    const { certificatePem: cert, keyPem: key } = await channel.authority.issue({
      commonName: 'key server',
      names: ['127.0.0.1'],
      ...validity,
    });
    const server = await channel.startServer({ cert, key });
    const error = await failureOf(channel.createClient([server.port]));
    expect(error.reason).toBe('server_certificate_expired');
    expect(error.message).toContain(words);
  });

  it('there is no TLS version in common', async () => {
    // SECLEVEL=0, or OpenSSL 3 would not speak TLS 1.1 at all.
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const server = await channel.startServer({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers });
    expect((await failureOf(channel.createClient([server.port]))).reason).toBe('protocol');
  });

  it('the server is some other TLS server', async () => {
    const { certificatePem: cert, keyPem: key } = channel.server;
    const server = createSecureServer({ cert, key }, (socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    channel.cleanUp(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const error = await failureOf(channel.createClient([(server.address() as AddressInfo).port]));
    expect(error.reason).toBe('protocol');
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'the server refuses the client certificate without a word in %s',
    async (version) => {
      const other = await makeAuthority('Another CA');
      const server = await channel.startServer({
        ca: other.certificatePem,
        minVersion: version,
        maxVersion: version,
      });
      const error = await failureOf(channel.createClient([server.port]));
      expect(error.reason).toBe('client_certificate_refused' satisfies ConnectionFailureReason);
      expect(server.requests).toEqual([]);
    },
  );
});

describeWith(
  'a client whose certificate OpenSSL refuses',
  [{ needs: 'openssl', debianPackage: 'openssl' }],
  () => {
    it.each(['-tls1_2', '-tls1_3'])('tells it from the alert (%s)', async (version) => {
      const other = await makeAuthority('Another CA');
      const directory = await mkdtemp(join(tmpdir(), 'latchkey-'));
      channel.cleanUp(() => rm(directory, { recursive: true }));
      const file = async (name: string, content: string): Promise<string> => {
        await writeFile(join(directory, name), content);
        return join(directory, name);
      };
      const port = await freePort();
      const certificate = await file('server.pem', channel.server.certificatePem);
      const key = await file('server.key', channel.server.keyPem);
      const ca = await file('ca.pem', other.certificatePem);
      const options = `-accept 127.0.0.1:${port} ${version} -Verify 1 -verify_return_error -naccept 1`;
      const files = ['-cert', certificate, '-key', key, '-CAfile', ca];
      const server = spawn('openssl', ['s_server', ...options.split(' '), ...files]);
      channel.cleanUp(async () => {
        if (server.kill()) await once(server, 'exit');
      });
      let output = '';
      server.stdout.on('data', (chunk) => (output += String(chunk)));
      await until(() => output.includes('ACCEPT'));
      const error = await failureOf(
        channel.createClient([port], { backoff: { initial: 60_000, maximum: 60_000 } }),
      );
      expect(error.reason).toBe('client_certificate_refused');
    });
  },
);

import { once } from 'node:events';
import type { ConnectionOptions, PeerCertificate } from 'node:tls';
import {
  createTlsServer,
  EdgeOptionsError,
  type EdgeTlsServer,
  type EdgeTlsServerOptions,
} from '@latchkey/edge';
import { describe, expect, it } from 'vitest';
import { listen, makeSite, until, visit, visitInVain } from './fixture.js';
import type { TestKeyService } from './test-key-service.js';

const ecdsa = await makeSite('p-256', ['localhost', 'ecdsa.test']);
const rsa = await makeSite('rsa-2048', ['localhost', 'rsa.test']);

async function startEdge(options: EdgeTlsServerOptions): Promise<{ server: EdgeTlsServer; port: number }> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  return { server, port: await listen(server) };
}

async function seenBy(port: number, options?: ConnectionOptions): Promise<PeerCertificate> {
  const socket = await visit(port, options);
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

/** Both keys behind one service. */
const bothKeys = {
  certificateChain: [rsa.certificateChain, ecdsa.certificateChain],
  keyService: {
    perform: (...call: Parameters<TestKeyService['perform']>) =>
      ecdsa.keyService.perform(...call).catch(() => rsa.keyService.perform(...call)),
    close: async () => {},
  },
};

describe('a site with certificates for two kinds of keys', () => {
  it.each<[string, ConnectionOptions, number]>([
    ['ECDSA to whoever takes it', {}, 256],
    ['RSA to whoever takes nothing else', { sigalgs: 'rsa_pss_rsae_sha256' }, 2048],
    [
      'RSA to whoever takes nothing else, with TLS 1.2',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
      2048,
    ],
  ])('shows the one with %s', async (_, options, bits) => {
    const { port } = await startEdge(bothKeys);
    expect(await seenBy(port, options)).toMatchObject({ bits });
  });
});

describe('updating sites', () => {
  it('takes effect with the next handshake, and drops no connection', async () => {
    const { server, port } = await startEdge(ecdsa);
    const visitor = await visit(port);
    server.updateSites(rsa);
    expect(await seenBy(port)).toMatchObject({ bits: 2048 });
    visitor.write('still here');
    expect(await once(visitor, 'data')).toEqual([Buffer.from('still here')]);
    visitor.destroy();
  });

  it('that cannot be used changes nothing', async () => {
    const { server, port } = await startEdge({ ...ecdsa, sites: [{ ...rsa, serverNames: ['rsa.test'] }] });
    const { certificateChain, keyService } = ecdsa;
    for (const wrong of [
      {},
      { keyService, certificateChain: 'nothing' },
      { keyService, certificateChain, ciphers: 'NOTHING' },
      { keyService, sites: [] },
    ])
      expect(() => server.updateSites(wrong)).toThrow(EdgeOptionsError);
    expect(await seenBy(port, { servername: 'rsa.test' })).toMatchObject({ bits: 2048 });
  });

  it('finishes handshakes with the site that they began with', async () => {
    const site = await makeSite('p-256');
    site.keyService.latency = 200;
    const { server, port } = await startEdge(site);
    const visitor = seenBy(port);
    await until(() => site.keyService.requests.length === 1);
    server.updateSites(rsa);
    expect(await visitor).toMatchObject({ bits: 256 });
  });

  it('lets visitors resume where the key has stayed the same', async () => {
    const { server, port } = await startEdge(ecdsa);
    const first = await visit(port, { maxVersion: 'TLSv1.2' });
    const session = first.getSession()!;
    first.destroy();
    server.updateSites({ ...ecdsa, sessionTimeout: 3600 });
    const again = await visit(port, { maxVersion: 'TLSv1.2', session });
    expect(again.isSessionReused()).toBe(true);
    again.destroy();
  });
});

describe('a profile', () => {
  it('modern serves TLS 1.3 only', async () => {
    const { port } = await startEdge({ ...ecdsa, profile: 'modern' });
    expect(await visitInVain(port, { maxVersion: 'TLSv1.2' })).toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    });
    const socket = await visit(port);
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
  });

  it('intermediate, the default, serves TLS 1.2 with forward secrecy and authenticated encryption', async () => {
    const { port } = await startEdge({ ...rsa });
    for (const ciphers of ['AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA256', 'DHE-RSA-AES128-GCM-SHA256'])
      await visitInVain(port, { maxVersion: 'TLSv1.2', ciphers });
    for (const ciphers of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-CHACHA20-POLY1305']) {
      const socket = await visit(port, { maxVersion: 'TLSv1.2', ciphers });
      expect(socket.getCipher().name).toBe(ciphers);
      socket.destroy();
    }
  });

  it('has the groups of Mozilla and no others', async () => {
    const { port } = await startEdge(ecdsa);
    for (const ecdhCurve of ['X25519', 'P-256', 'P-384']) (await visit(port, { ecdhCurve })).destroy();
    for (const ecdhCurve of ['P-521', 'X448']) await visitInVain(port, { ecdhCurve });
  });

  it('is one of those that there are, and of a site goes before that of its server', async () => {
    expect(() => createTlsServer({ ...ecdsa, profile: 'old' as 'modern' })).toThrow(EdgeOptionsError);
    expect(() => createTlsServer({ ...rsa, profile: 'modern', allowStaticRsa: true })).toThrow(
      'allowStaticRsa',
    );
    const { port } = await startEdge({
      ...ecdsa,
      profile: 'modern',
      sites: [{ ...ecdsa, serverNames: ['ecdsa.test'], profile: 'intermediate' }],
    });
    await visitInVain(port, { maxVersion: 'TLSv1.2', servername: '' });
    (await visit(port, { maxVersion: 'TLSv1.2', servername: 'ecdsa.test' })).destroy();
  });
});

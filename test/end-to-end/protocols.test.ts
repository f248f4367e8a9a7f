import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createKeyServerClient } from '@latchkey/client';
import { createTlsServer } from '@latchkey/edge';
import { makeAuthority } from 'latchkey/pki';
import { afterEach, describe, expect, it } from 'vitest';
import { startKeyServer, type TestKeyServer } from '../server/support.js';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

describe.each(['kssl2', 'kssl1'] as const)('an edge that speaks %s with its key server', (protocol) => {
  it.each([
    ['p-256', 'TLSv1.3'],
    ['p-256', 'TLSv1.2'],
    ['p-384', 'TLSv1.3'],
    ['rsa-2048', 'TLSv1.3'],
    ['rsa-2048', 'TLSv1.2'],
    ['ed25519', 'TLSv1.3'],
  ] as const)('completes handshakes with a key on %s in %s', async (keyAlgorithm, version) => {
    const { keyServer, port, ca } = await startEdge(protocol, keyAlgorithm);
    const visitor = await visit(port, { ca, minVersion: version, maxVersion: version });
    expect(visitor.getProtocol()).toBe(version);
    expect(keyServer.server.statistics()).toMatchObject({
      privateKeyOperations: 1,
      denials: { not_allowed: 0 },
    });
  });

  it('completes an RSA key exchange', async () => {
    const { port, ca } = await startEdge(protocol, 'rsa-2048');
    const visitor = await visit(port, { ca, maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' });
    expect(visitor.getCipher().name).toBe('AES128-GCM-SHA256');
  });
});

describe('two visitors whose handshakes are under way at once', () => {
  it('each get the signature for their own, though the answers come in another order', async () => {
    // Slow and fast operations by turns: RSA waits behind RSA, ECDSA overtakes it.
    const { port, ca } = await startEdge('kssl2', 'rsa-2048');
    const visitors = await Promise.all(Array.from({ length: 40 }, () => visit(port, { ca })));
    // A signature over another transcript would have failed the handshake (RFC 8446, section 4.4.3).
    expect(visitors.every((visitor) => visitor.authorized)).toBe(true);
  });
});

type KeyAlgorithm = 'p-256' | 'p-384' | 'rsa-2048' | 'ed25519';

async function startEdge(
  protocol: 'kssl1' | 'kssl2',
  keyAlgorithm: KeyAlgorithm,
): Promise<{ readonly keyServer: TestKeyServer; readonly port: number; readonly ca: string }> {
  const authority = await makeAuthority();
  const site = await authority.issue({ commonName: 'localhost', names: ['localhost'], keyAlgorithm });
  const unused = generateKeyPairSync('ed25519').privateKey;
  const keyServer = await startKeyServer([createPrivateKey(site.keyPem), unused], 'rsa_decrypt: true');
  ends.push(() => keyServer.close());
  const keyService = createKeyServerClient({
    keyServers: [{ host: '127.0.0.1', port: keyServer.port }],
    certificate: keyServer.edgeCertificate.certificatePem,
    key: keyServer.edgeCertificate.keyPem,
    ca: keyServer.authority.certificatePem,
    protocols: [protocol],
  });
  ends.push(() => keyService.close());
  const edge = createTlsServer({
    certificateChain: site.certificatePem,
    keyService,
    allowStaticRsa: true,
  });
  edge.listen(0, '127.0.0.1');
  await once(edge, 'listening');
  ends.push(async () => {
    edge.close();
    edge.closeAllConnections();
    await once(edge, 'close');
  });
  return { keyServer, port: (edge.address() as AddressInfo).port, ca: authority.certificatePem };
}

async function visit(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const visitor = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options });
  visitor.on('error', () => {});
  ends.push(() => visitor.destroy());
  await once(visitor, 'secureConnect');
  return visitor;
}

import { TlsContext, TlsContextError, TlsServerConnection, type TlsRequest } from '@latchkey/native';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, type Authority, type IssuedCertificate } from 'latchkey/pki';
import { Encounter, performWith } from './tls-encounter.js';

const NAME = 'site.test';
let authority: Authority;
let ecdsa: IssuedCertificate;
let rsa: IssuedCertificate;
let context: TlsContext;

beforeAll(async () => {
  authority = await makeAuthority();
  const issue = (keyAlgorithm: 'p-256' | 'rsa-2048') =>
    authority.issue({ commonName: keyAlgorithm, names: [NAME], keyAlgorithm });
  ecdsa = await issue('p-256');
  rsa = await issue('rsa-2048');
  context = new TlsContext({
    certificateChain: [rsa.certificatePem, ecdsa.certificatePem],
    staticRsa: true,
  });
});

/** Answers with the key that the request names. */
function perform(request: TlsRequest): Uint8Array {
  if (request.type === 'client_hello') throw new Error('no site is to be chosen');
  const [rsaKey] = context.publicKeys;
  const isRsa = Buffer.compare(request.ski, rsaKey!.ski) === 0;
  return performWith(createPrivateKey((isRsa ? rsa : ecdsa).keyPem), request);
}

async function seenBy(options: ConnectionOptions): Promise<string> {
  const visitor = { ca: authority.certificatePem, servername: NAME, ...options };
  const encounter = new Encounter({
    connection: new TlsServerConnection({ context }),
    answer: perform,
    visitor,
  });
  await encounter.secured();
  const { subject } = new X509Certificate(encounter.visitor.getPeerX509Certificate()!.raw);
  await encounter.close();
  return subject.replace('CN=', '');
}

describe('of a certificate with an ECDSA key and one with an RSA key', () => {
  it.each<[string, ConnectionOptions, string]>([
    ['anything, with TLS 1.3', {}, 'p-256'],
    ['anything, with TLS 1.2', { maxVersion: 'TLSv1.2' }, 'p-256'],
    ['RSA first, with TLS 1.3', { sigalgs: 'rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256' }, 'p-256'],
    [
      'RSA first, with TLS 1.2',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256' },
      'p-256',
    ],
    ['only RSA signatures, with TLS 1.3', { sigalgs: 'rsa_pss_rsae_sha256' }, 'rsa-2048'],
    [
      'only RSA signatures, with TLS 1.2',
      { maxVersion: 'TLSv1.2', sigalgs: 'RSA+SHA256:rsa_pss_rsae_sha256' },
      'rsa-2048',
    ],
    [
      'only cipher suites with RSA',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
      'rsa-2048',
    ],
    ['no group that the ECDSA key is of', { maxVersion: 'TLSv1.2', ecdhCurve: 'X25519' }, 'rsa-2048'],
    ['only RSA key exchange', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }, 'rsa-2048'],
  ])('a visitor who offers %s gets the right one', async (_, options, expected) => {
    expect(await seenBy(options)).toBe(expected);
  });
});

it('refuses two certificates with the same kind of key, and none at all', async () => {
  const certificateChain = [ecdsa.certificatePem, ecdsa.certificatePem];
  expect(() => new TlsContext({ certificateChain })).toThrow('same kind of key');
  expect(() => new TlsContext({ certificateChain: [] })).toThrow(TlsContextError);
});

it('prefers ChaCha20-Poly1305 only for those who do', async () => {
  const cipherFor = async (ciphers: string): Promise<string | undefined> => {
    const encounter = new Encounter({
      connection: new TlsServerConnection({ context }),
      answer: perform,
      visitor: { ca: authority.certificatePem, servername: NAME, maxVersion: 'TLSv1.2', ciphers },
    });
    await encounter.secured();
    const { cipher } = encounter.connection.info();
    await encounter.close();
    return cipher;
  };
  const [aes, chacha] = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'];
  expect(await cipherFor(`${chacha}:${aes}`)).toMatch(/CHACHA20/);
  expect(await cipherFor(`${aes}:${chacha}`)).toMatch(/AES_128/);
});

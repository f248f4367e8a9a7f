import { createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import {
  subjectKeyIdentifier,
  TlsContext,
  TlsContextError,
  type TlsContextErrorCode,
  type TlsContextOptions,
} from '@latchkey/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeContext, makeSite, type Site } from './tls-encounter.js';

let site: Site;
beforeAll(async () => {
  site = await makeSite('p-256');
});

// Secp256k1, which TLS has no signature scheme for; the rest does not matter.
const SECP256K1_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBbTCCARKgAwIBAgIUKpjbeLz/nAF0acd9ngR9r0wQ3j8wCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCazEwHhcNMjYxMTIyMTYwNjQxWhcNMzYxMTE5MTYwNjQxWjAN
MQswCQYDVQQDDAJrMTBWMBAGByqGSM49AgEGBSuBBAAKA0IABJaM3HdaCvhMPZOO
mNrLWI6NBzJSO/uQ4BsRTTkMaavmilkkLM22vYSd8HTv6K5NrcT3IjSz5BpOZgAJ
ABVPCZajUzBRMB0GA1UdDgQWBBRjaK98j2LUQ598ocjYWWdhPGeHjjAfBgNVHSME
GDAWgBRjaK98j2LUQ598ocjYWWdhPGeHjjAPBgNVHRMBAf8EBTADAQH/MAoGCCqG
SM49BAMCA0kAMEYCIQCoOsxO6ytP4CCspFsFqF5ML/RxZ3FPIgzVn8eIC27nQwIh
AM6AnJInkJ1mpGDWC3sA4Sz4cDF/cCmTv0ovuDREvodE
-----END CERTIFICATE-----`;

function failureOf(make: () => TlsContext): unknown {
  try {
    return make();
  } catch (error) {
    return error;
  }
}

describe('a TLS context', () => {
  it.each<[string, Partial<TlsContextOptions>, TlsContextErrorCode]>([
    ['no certificate', { certificateChain: '' }, 'LATCHKEY_TLS_NO_CERTIFICATE'],
    ['text without a certificate', { certificateChain: 'hello' }, 'LATCHKEY_TLS_NO_CERTIFICATE'],
    [
      'a certificate that is damaged',
      { certificateChain: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
      'LATCHKEY_TLS_BAD_CERTIFICATE',
    ],
    ['another kind of key', { certificateChain: SECP256K1_CERTIFICATE }, 'LATCHKEY_TLS_UNSUPPORTED_KEY'],
    [
      'versions the wrong way round',
      { minimumVersion: 'TLSv1.3', maximumVersion: 'TLSv1.2' },
      'LATCHKEY_TLS_BAD_PROTOCOL_RANGE',
    ],
    ['an unknown version', { minimumVersion: 'TLSv1.1' as 'TLSv1.2' }, 'LATCHKEY_TLS_BAD_PROTOCOL_RANGE'],
    ['ciphers that do not exist', { ciphers: 'ROT13' }, 'LATCHKEY_TLS_BAD_CIPHERS'],
    ['only ciphers that are not allowed', { ciphers: 'AES128-SHA' }, 'LATCHKEY_TLS_BAD_CIPHERS'],
    ['cipher suites that do not exist', { cipherSuites: 'TLS_ROT13' }, 'LATCHKEY_TLS_BAD_CIPHER_SUITES'],
    ['groups that do not exist', { groups: 'P-257' }, 'LATCHKEY_TLS_BAD_GROUPS'],
    ['an empty ALPN protocol', { alpnProtocols: ['h2', ''] }, 'LATCHKEY_TLS_BAD_ALPN_PROTOCOL'],
    ['a long ALPN protocol', { alpnProtocols: ['x'.repeat(256)] }, 'LATCHKEY_TLS_BAD_ALPN_PROTOCOL'],
    ['too many tickets', { ticketCount: 17 }, 'LATCHKEY_TLS_BAD_TICKET_COUNT'],
    ['half a ticket', { ticketCount: 0.5 }, 'LATCHKEY_TLS_BAD_TICKET_COUNT'],
    ['a short ticket key', { ticketKeys: [randomBytes(80), randomBytes(48)] }, 'LATCHKEY_TLS_BAD_TICKET_KEY'],
    ['sessions without end', { sessionTimeoutSeconds: 604_801 }, 'LATCHKEY_TLS_BAD_SESSION_TIMEOUT'],
    [
      'a long session id context',
      { sessionIdContext: randomBytes(33) },
      'LATCHKEY_TLS_BAD_SESSION_ID_CONTEXT',
    ],
    ['a cache without bound', { sessionCacheSize: Infinity }, 'LATCHKEY_TLS_BAD_SESSION_CACHE_SIZE'],
  ])('refuses %s', (_, options, code) => {
    const failure = failureOf(() => new TlsContext({ certificateChain: site.certificatePem, ...options }));
    expect(failure).toBeInstanceOf(TlsContextError);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(/./) as unknown });
  });

  it('keeps its ticket keys when new ones are no good', () => {
    const context = makeContext(site);
    expect(() => context.setTicketKeys([])).toThrow(TlsContextError);
    expect(() => context.setTicketKeys([randomBytes(79)])).toThrow(TlsContextError);
  });

  it('takes its chain as bytes, leaf first', () => {
    const chain = Buffer.from(site.certificatePem + site.authorityPem);
    const [publicKey] = new TlsContext({ certificateChain: chain }).publicKeys;
    const leaf = new X509Certificate(site.certificatePem);
    expect(publicKey?.subjectPublicKeyInfo).toEqual(leaf.publicKey.export({ type: 'spki', format: 'der' }));
  });

  it('names its key as the key server does', () => {
    const [publicKey] = makeContext(site).publicKeys;
    const key = createPublicKey(site.key).export({ type: 'spki', format: 'der' });
    expect(publicKey?.ski).toEqual(Buffer.from(subjectKeyIdentifier(key)));
  });
});

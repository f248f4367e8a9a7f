import { createPrivateKey } from 'node:crypto';
import { TlsContext, TlsServerConnection, type TlsProtocol } from '@latchkey/native';
import { afterEach, describe, expect, it } from 'vitest';
import { makeAuthority, type KeyAlgorithm } from 'latchkey/pki';
import {
  assertNothingHeld,
  Encounter,
  makeContext,
  makeSite,
  performWith,
  visitorOf,
} from './tls-encounter.js';

afterEach(assertNothingHeld);

describe('a handshake with the key elsewhere', () => {
  const cases: readonly [KeyAlgorithm, TlsProtocol, string, string?][] = [
    ['rsa-2048', 'TLSv1.3', 'rsa_pss_sha256'],
    ['rsa-2048', 'TLSv1.2', 'rsa_pss_sha256'],
    ['rsa-2048', 'TLSv1.2', 'rsa_pkcs1_sha256', 'RSA+SHA256'],
    ['rsa-2048', 'TLSv1.2', 'rsa_pkcs1_sha512', 'RSA+SHA512'],
    ['rsa-3072', 'TLSv1.3', 'rsa_pss_sha384', 'rsa_pss_rsae_sha384'],
    ['rsa-pss-2048', 'TLSv1.3', 'rsa_pss_sha256'],
    ['rsa-pss-2048', 'TLSv1.2', 'rsa_pss_sha512', 'rsa_pss_pss_sha512'],
    ['p-256', 'TLSv1.3', 'ecdsa_sha256'],
    ['p-256', 'TLSv1.2', 'ecdsa_sha256'],
    ['p-384', 'TLSv1.3', 'ecdsa_sha384'],
    ['p-384', 'TLSv1.2', 'ecdsa_sha384', 'ECDSA+SHA384'],
    ['p-521', 'TLSv1.3', 'ecdsa_sha512'],
    ['p-521', 'TLSv1.2', 'ecdsa_sha512', 'ECDSA+SHA512'],
    ['ed25519', 'TLSv1.3', 'ed25519'],
    ['ed25519', 'TLSv1.2', 'ed25519'],
  ];

  it.each(cases)(
    'of type %s completes over %s with one %s signature',
    async (algorithm, protocol, scheme, sigalgs) => {
      const site = await makeSite(algorithm);
      const encounter = new Encounter({
        connection: new TlsServerConnection({ context: makeContext(site) }),
        answer: (request) => performWith(site.key, request),
        visitor: visitorOf(site, {
          minVersion: protocol,
          maxVersion: protocol,
          ...(sigalgs === undefined ? {} : { sigalgs }),
        }),
      });
      await encounter.secured();
      expect(await encounter.echo('hello')).toBe('hello');
      expect(encounter.requests).toMatchObject([{ type: 'sign', scheme }]);
      expect(encounter.connection.info()).toMatchObject({
        established: true,
        protocol,
        cipher: encounter.visitor.getCipher().standardName,
        signatureScheme: scheme,
        resumed: false,
        serverName: site.name,
      });
      await encounter.close();
    },
  );

  it('names the key in the terms of the key server', async () => {
    const site = await makeSite('p-384');
    const [publicKey] = makeContext(site).publicKeys;
    expect(publicKey).toMatchObject({ type: 'ecdsa', curve: 'secp384r1', bits: 384 });
    expect(publicKey?.ski).toHaveLength(20);
    const [rsa] = makeContext(await makeSite('rsa-2048')).publicKeys;
    expect(rsa).toMatchObject({ type: 'rsa', curve: undefined, bits: 2048 });
  });

  it('hands out the whole message that a TLS 1.3 signature covers', async () => {
    const site = await makeSite('p-256');
    const encounter = new Encounter({
      connection: new TlsServerConnection({ context: makeContext(site) }),
      answer: (request) => performWith(site.key, request),
      visitor: visitorOf(site, { minVersion: 'TLSv1.3' }),
    });
    await encounter.secured();
    const [request] = encounter.requests;
    const message = Buffer.from(request?.type === 'sign' ? request.message : []);
    expect(message.subarray(0, 98).toString('latin1')).toBe(
      `${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`,
    );
    expect(message).toHaveLength(98 + 48); // the transcript's SHA-384
    await encounter.close();
  });

  it('sends the intermediate certificates along', async () => {
    const root = await makeAuthority('Root');
    const intermediate = await root.issueAuthority('Intermediate');
    const { certificatePem, keyPem } = await intermediate.issue({ commonName: 'site', names: ['site.test'] });
    const context = new TlsContext({ certificateChain: certificatePem + intermediate.certificatePem });
    const encounter = new Encounter({
      connection: new TlsServerConnection({ context }),
      answer: (request) => performWith(createPrivateKey(keyPem), request),
      visitor: { ca: root.certificatePem, servername: 'site.test' },
    });
    await encounter.secured();
    expect(encounter.visitor.authorized).toBe(true);
    await encounter.close();
  });

  it('refuses a certificate that the visitor has no signature algorithm for', async () => {
    const site = await makeSite('ed25519');
    const encounter = new Encounter({
      connection: new TlsServerConnection({ context: makeContext(site) }),
      answer: (request) => performWith(site.key, request),
      visitor: visitorOf(site, { sigalgs: 'ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256' }),
    });
    expect(await encounter.alert()).toBe(40); // handshake_failure
    expect(encounter.requests).toHaveLength(0);
    expect(encounter.connection.error).toMatchObject({ code: 'LATCHKEY_TLS_HANDSHAKE_FAILED', alert: 40 });
    encounter.connection.abort();
  });

  it('asks for one signature when the visitor must try again with another group', async () => {
    const site = await makeSite('p-256');
    const context = makeContext(site, { groups: 'X25519' });
    const encounter = new Encounter({
      connection: new TlsServerConnection({ chooseContext: true }),
      answer: (request) => (request.type === 'client_hello' ? context : performWith(site.key, request)),
      visitor: visitorOf(site, { minVersion: 'TLSv1.3', ecdhCurve: 'P-256:X25519' }),
    });
    await encounter.secured();
    expect(encounter.requests.map(({ type }) => type)).toEqual(['client_hello', 'sign']);
    expect(encounter.connection.info().group?.toLowerCase()).toBe('x25519');
    await encounter.close();
  });
});

describe('the choice of a site', () => {
  it('sees what the ClientHello offers, and may take its time', async () => {
    const [one, other] = await Promise.all([makeSite('p-256', 'one.test'), makeSite('p-256', 'other.test')]);
    const context = makeContext(other, { alpnProtocols: ['h2', 'http/1.1'], maximumVersion: 'TLSv1.2' });
    const encounter = new Encounter({
      connection: new TlsServerConnection({ chooseContext: true, context: makeContext(one) }),
      answer: async (request) => {
        await new Promise(setImmediate);
        return request.type === 'client_hello' ? context : performWith(other.key, request);
      },
      visitor: visitorOf(other, { ALPNProtocols: ['http/1.1', 'h2'] }),
    });
    await encounter.secured();
    expect(encounter.requests[0]).toMatchObject({
      type: 'client_hello',
      serverName: 'other.test',
      alpnProtocols: ['http/1.1', 'h2'],
      supportedVersions: [0x0304, 0x0303],
      signatureSchemes: expect.arrayContaining([0x0403, 0x0804]) as unknown,
      cipherSuites: expect.arrayContaining([0x1301, 0xc02b]) as unknown,
    });
    // Everything of the context counts, its versions too.
    expect(encounter.connection.info()).toMatchObject({ protocol: 'TLSv1.2', alpnProtocol: 'h2' });
    expect(encounter.visitor.alpnProtocol).toBe('h2');
    await encounter.close();
  });

  it('may be that there is none: alert unrecognized_name', async () => {
    const site = await makeSite('p-256');
    const encounter = new Encounter({
      connection: new TlsServerConnection({ chooseContext: true }),
      answer: () => null,
      visitor: visitorOf(site),
    });
    expect(await encounter.alert()).toBe(112);
    expect(encounter.connection.error).toMatchObject({ code: 'LATCHKEY_TLS_NO_SUCH_SITE', alert: 112 });
    encounter.connection.abort();
  });

  it('may fail: alert internal_error', async () => {
    const site = await makeSite('p-256');
    const encounter = new Encounter({
      connection: new TlsServerConnection({ chooseContext: true }),
      answer: () => undefined,
      visitor: visitorOf(site),
    });
    const { id } = await encounter.paused();
    encounter.connection.fail(id);
    expect(encounter.connection.error).toMatchObject({ code: 'LATCHKEY_TLS_OPERATION_FAILED', alert: 80 });
    expect(encounter.connection.takeOutput()).toEqual(Buffer.of(21, 3, 3, 0, 2, 2, 80));
    encounter.connection.abort();
  });

  it('is made for a visitor who names no site', async () => {
    const site = await makeSite('p-256');
    const context = makeContext(site);
    const encounter = new Encounter({
      connection: new TlsServerConnection({ chooseContext: true }),
      answer: (request) => (request.type === 'client_hello' ? context : performWith(site.key, request)),
      visitor: { ca: site.authorityPem, checkServerIdentity: () => undefined },
    });
    await encounter.secured();
    expect(encounter.requests[0]).toMatchObject({ type: 'client_hello', serverName: undefined });
    expect(encounter.connection.info().serverName).toBeUndefined();
    await encounter.close();
  });
});

describe('ALPN', () => {
  async function negotiate(ours: readonly string[], theirs: readonly string[]): Promise<Encounter> {
    const site = await makeSite('p-256');
    return new Encounter({
      connection: new TlsServerConnection({ context: makeContext(site, { alpnProtocols: ours }) }),
      answer: (request) => performWith(site.key, request),
      visitor: visitorOf(site, theirs.length === 0 ? {} : { ALPNProtocols: [...theirs] }),
    });
  }

  it('follows our order', async () => {
    const encounter = await negotiate(['h2', 'http/1.1'], ['http/1.1', 'h2']);
    await encounter.secured();
    expect(encounter.visitor.alpnProtocol).toBe('h2');
    expect(encounter.connection.info().alpnProtocol).toBe('h2');
    await encounter.close();
  });

  it('refuses a visitor who shares no protocol with us', async () => {
    const encounter = await negotiate(['h2'], ['imap']);
    expect(await encounter.alert()).toBe(120); // no_application_protocol
    encounter.connection.abort();
  });

  it.each([
    [['h2'], []],
    [[], ['h2']],
  ])('chooses nothing where one side has none (%j, %j)', async (ours, theirs) => {
    const encounter = await negotiate(ours, theirs);
    await encounter.secured();
    expect(encounter.connection.info().alpnProtocol).toBeUndefined();
    await encounter.close();
  });
});

import { sign, type KeyObject, createPrivateKey, X509Certificate } from 'node:crypto';
import { delegatedCredentialMessage, encodeDelegatedCredential } from '@latchkey/codec';
import {
  TlsContext,
  TlsCredentialKey,
  type TlsDelegatedCredential,
  TlsFlag,
  TlsServerConnection,
} from '@latchkey/native';
import { makeAuthority, type KeyAlgorithm } from 'latchkey/pki';
import { afterEach, describe, expect, it } from 'vitest';
import { clientHelloOf, assertNothingHeld } from './tls-encounter.js';

const HOUR = 3_600_000;
const CURVES = [
  ['p-256', 'secp256r1', 0x0403],
  ['p-384', 'secp384r1', 0x0503],
] as const;

interface DelegatingSite {
  readonly context: TlsContext;
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

async function makeDelegatingSite(keyAlgorithm: KeyAlgorithm = 'p-256'): Promise<DelegatingSite> {
  const authority = await makeAuthority();
  const { certificatePem, keyPem } = await authority.issue({
    commonName: 'site.test',
    keyAlgorithm,
    allowsDelegation: true,
  });
  return {
    context: new TlsContext({ certificateChain: certificatePem }),
    certificate: new X509Certificate(certificatePem),
    key: createPrivateKey(keyPem),
  };
}

function makeCredential(
  { certificate, key }: DelegatingSite,
  curve: 'secp256r1' | 'secp384r1',
): TlsDelegatedCredential {
  const credentialKey = new TlsCredentialKey(curve);
  const end = new Date(Date.now() + HOUR);
  const parameters = {
    certificate: certificate.raw,
    validTime: Math.floor((end.getTime() - Date.parse(certificate.validFrom)) / 1000),
    dcCertVerifyAlgorithm: credentialKey.signatureScheme,
    subjectPublicKeyInfo: credentialKey.subjectPublicKeyInfo,
    algorithm: credentialKey.signatureScheme,
  };
  const signature = sign(
    curve === 'secp256r1' ? 'sha256' : 'sha384',
    delegatedCredentialMessage(parameters),
    key,
  );
  const content = encodeDelegatedCredential(parameters, signature);
  return { key: credentialKey, content, algorithm: parameters.algorithm, end };
}

/** A SignatureSchemeList. */
function schemeList(...schemes: readonly number[]): Buffer {
  return Buffer.from([schemes.length * 2, ...schemes].flatMap((value) => [value >> 8, value & 0xff]));
}

/** Puts the extension delegated_credential at the end of a ClientHello, which is alone in its record. */
function offerDelegation(clientHello: Buffer, content: Buffer): Buffer {
  const header = Buffer.of(0, 34, content.length >> 8, content.length & 0xff);
  const result = Buffer.concat([clientHello, header, content]);
  const added = header.length + content.length;
  // legacy_version and random, then three vectors, then the extensions (RFC 8446, section 4.1.2).
  let position = 5 + 4 + 2 + 32;
  position += 1 + result.readUInt8(position);
  position += 2 + result.readUInt16BE(position);
  position += 1 + result.readUInt8(position);
  for (const at of [3, 7, position]) result.writeUInt16BE(result.readUInt16BE(at) + added, at);
  return result;
}

afterEach(assertNothingHeld);

/** What becomes of a ClientHello: the flags, and whether the credential is in what is answered. */
async function meet(
  context: TlsContext,
  list: Buffer | undefined,
  version: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
): Promise<{ readonly flags: number; readonly alert: number | undefined; readonly delegated: boolean }> {
  const hello = await clientHelloOf({ servername: 'site.test', maxVersion: version, minVersion: version });
  const connection = new TlsServerConnection({ context });
  try {
    const flags = connection.receive(list === undefined ? hello : offerDelegation(hello, list));
    return { flags, alert: connection.error?.alert, delegated: connection.info().delegated };
  } finally {
    connection.abort();
  }
}

describe('a connection with a delegated credential', () => {
  it.each(CURVES)(
    'on %s asks for no signature where the visitor takes it',
    async (algorithm, curve, scheme) => {
      const site = await makeDelegatingSite(algorithm);
      site.context.setDelegatedCredential(0, makeCredential(site, curve));
      const { flags, delegated } = await meet(site.context, schemeList(0x0807, scheme));
      expect(delegated).toBe(true);
      expect(flags & TlsFlag.REQUEST).toBe(0);
      expect(flags & TlsFlag.OUTPUT).not.toBe(0);
    },
  );

  it.each<[string, Buffer | undefined, Partial<TlsDelegatedCredential>]>([
    ['the visitor does not know credentials', undefined, {}],
    ['the visitor takes none with its scheme', schemeList(0x0503), {}],
    ['the visitor takes none that are signed so', schemeList(0x0403), { algorithm: 0x0804 }],
    ['it has ended', schemeList(0x0403), { end: new Date(Date.now() - 1000) }],
  ])('asks for a signature where %s', async (_, list, change) => {
    const site = await makeDelegatingSite();
    site.context.setDelegatedCredential(0, { ...makeCredential(site, 'secp256r1'), ...change });
    const { flags, delegated } = await meet(site.context, list);
    expect(delegated).toBe(false);
    expect(flags & TlsFlag.REQUEST).not.toBe(0);
  });

  it('asks for a signature over TLS 1.2', async () => {
    const site = await makeDelegatingSite();
    site.context.setDelegatedCredential(0, makeCredential(site, 'secp256r1'));
    const { flags } = await meet(site.context, schemeList(0x0403), 'TLSv1.2');
    expect(flags & TlsFlag.REQUEST).not.toBe(0);
  });

  it('asks for a signature again when it is taken away', async () => {
    const site = await makeDelegatingSite();
    site.context.setDelegatedCredential(0, makeCredential(site, 'secp256r1'));
    site.context.setDelegatedCredential(0, undefined);
    expect((await meet(site.context, schemeList(0x0403))).flags & TlsFlag.REQUEST).not.toBe(0);
  });

  it('serves who takes RSA along with ECDSA by the ECDSA certificate’s credential only', async () => {
    const site = await makeDelegatingSite();
    const { certificatePem } = await (
      await makeAuthority()
    ).issue({ commonName: 'rsa', keyAlgorithm: 'rsa-2048' });
    const context = new TlsContext({ certificateChain: [certificatePem, site.certificate.toString()] });
    context.setDelegatedCredential(1, makeCredential(site, 'secp256r1'));
    expect((await meet(context, schemeList(0x0403))).delegated).toBe(true);
  });

  it.each([
    ['no list', ''],
    ['an empty list', '0000'],
    ['half a scheme', '000304030b'],
    ['a list that is longer than the extension', '00060403'],
    ['a list that is shorter than the extension', '000204030503'],
  ])('refuses an extension with %s', async (_, content) => {
    const { context } = await makeDelegatingSite();
    const { flags, alert } = await meet(context, Buffer.from(content, 'hex'));
    expect(flags & TlsFlag.ERROR).not.toBe(0);
    expect(alert).toBe(50);
  });
});

describe('a context', () => {
  it('says whether a certificate allows delegation', async () => {
    const authority = await makeAuthority();
    const allows = async (allowsDelegation: boolean): Promise<unknown> => {
      const { certificatePem } = await authority.issue({ commonName: 'site.test', allowsDelegation });
      return new TlsContext({ certificateChain: certificatePem }).publicKeys[0]?.allowsDelegation;
    };
    expect(await allows(true)).toBe(true);
    expect(await allows(false)).toBe(false);
  });

  it('has no credential for a certificate that it has not', async () => {
    const { context } = await makeDelegatingSite();
    expect(() => context.setDelegatedCredential(1, undefined)).toThrow(RangeError);
  });

  it('takes nothing for a key that is none', async () => {
    const site = await makeDelegatingSite();
    const credential = {
      ...makeCredential(site, 'secp256r1'),
      key: Object.create(TlsCredentialKey.prototype),
    };
    expect(() => site.context.setDelegatedCredential(0, credential as never)).toThrow(TypeError);
  });

  it('makes no key on a curve that credentials cannot have', () => {
    expect(() => new TlsCredentialKey('secp256k1' as never)).toThrow('no key');
  });
});

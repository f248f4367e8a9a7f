import {
  constants,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  verify,
  X509Certificate,
} from 'node:crypto';
import type { Operation, SignDelegatedCredentialOperation } from '@latchkey/codec';
import { PrivateKey, subjectKeyIdentifier } from '@latchkey/native';
import { KeyStore, PoolKeyService, storedKey } from '@latchkey/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, makeAuthority } from 'latchkey/pki';

const DAY = 24 * 3600;
const keys = {
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ed25519: generateKeyPairSync('ed25519'),
};
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

let service: PoolKeyService;
let authority: Authority;
let delegating: { readonly certificate: X509Certificate; readonly key: KeyObject };
let otherwise: X509Certificate;

beforeAll(async () => {
  authority = await makeAuthority();
  const names = ['www.example'];
  const issued = await authority.issue({ commonName: 'www.example', names, allowsDelegation: true });
  const certificate = new X509Certificate(issued.certificatePem);
  delegating = { certificate, key: createPrivateKey(issued.keyPem) };
  const plain = await authority.issue({ commonName: 'www.example', names });
  otherwise = new X509Certificate(plain.certificatePem);
  const privateKeys = [
    ...Object.values(keys).map(({ privateKey }) => privateKey),
    delegating.key,
    createPrivateKey(plain.keyPem),
  ];
  service = new PoolKeyService({
    keys: new KeyStore(
      privateKeys.map((key) =>
        storedKey(PrivateKey.parse(key.export({ type: 'pkcs8', format: 'der' })), 'site.key'),
      ),
    ),
  });
});

afterAll(() => service.close());

function sign(key: KeyObject, operation: Operation): Promise<Uint8Array> {
  const ski = subjectKeyIdentifier(key.export({ type: 'spki', format: 'der' }));
  return service.perform({ key: { ski }, operation }, { deadline: performance.now() + 10_000 });
}

function content(context: string, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from(`${' '.repeat(64)}${context}\0`), ...parts]);
}

describe('the signature of a handshake', () => {
  const transcriptHash = Buffer.alloc(48, 5);

  it.each([
    ['ecdsa_sha256', 'sha256', keys.p256.publicKey, {}],
    ['ecdsa_sha384', 'sha384', keys.p384.publicKey, {}],
    ['rsa_pss_sha256', 'sha256', keys.rsa.publicKey, PSS],
    ['ed25519', null, keys.ed25519.publicKey, {}],
  ] as const)('is over the content of TLS 1.3 with %s', async (scheme, hash, key, options) => {
    const signature = await sign(key, { type: 'sign_certificate_verify', scheme, transcriptHash });
    const signed = content('TLS 1.3, server CertificateVerify', transcriptHash);
    expect(verify(hash, signed, { key, ...options }, signature)).toBe(true);
  });

  it('is over both randoms and the parameters of TLS 1.2', async () => {
    const [clientRandom, serverRandom] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const parameters = Buffer.concat([Buffer.of(3, 0, 0x1d, 32), Buffer.alloc(32, 9)]);
    const type = 'sign_server_key_exchange';
    // In TLS 1.2 any hash goes with any curve.
    const scheme = 'ecdsa_sha384';
    const key = keys.p256.publicKey;
    const signature = await sign(key, { type, scheme, clientRandom, serverRandom, parameters });
    expect(verify('sha384', Buffer.concat([clientRandom, serverRandom, parameters]), key, signature)).toBe(
      true,
    );
  });

  it('is not made in TLS 1.3 with a scheme for another curve, or another type of key', async () => {
    const type = 'sign_certificate_verify';
    for (const [key, scheme] of [
      [keys.p256.publicKey, 'ecdsa_sha384'],
      [keys.p384.publicKey, 'ecdsa_sha256'],
      [keys.rsa.publicKey, 'ecdsa_sha256'],
      [keys.ed25519.publicKey, 'rsa_pss_sha256'],
    ] as const) {
      await expect(sign(key, { type, scheme, transcriptHash })).rejects.toMatchObject({
        code: 'LATCHKEY_CRYPTOGRAPHY_FAILED',
      });
    }
  });
});

describe('a delegated credential', () => {
  const credentialKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const subjectPublicKeyInfo = credentialKey.export({ type: 'spki', format: 'der' });

  /** For a day, unless something else is said. */
  function credential(change: Partial<SignDelegatedCredentialOperation> = {}, lifetime = DAY) {
    const age = Math.floor((Date.now() - Date.parse(delegating.certificate.validFrom)) / 1000);
    return {
      type: 'sign_delegated_credential',
      algorithm: 0x0403,
      certificate: delegating.certificate.raw,
      validTime: age + lifetime,
      dcCertVerifyAlgorithm: 0x0403,
      subjectPublicKeyInfo,
      ...change,
    } as const;
  }

  it('is signed as RFC 9345 has it', async () => {
    const operation = credential();
    const publicKey = delegating.certificate.publicKey;
    const signature = await sign(publicKey, operation);
    const fields = Buffer.alloc(9);
    fields.writeUInt32BE(operation.validTime);
    fields.writeUInt16BE(0x0403, 4);
    fields.writeUIntBE(subjectPublicKeyInfo.length, 6, 3);
    const signed = content(
      'TLS, server delegated credentials',
      delegating.certificate.raw,
      fields,
      subjectPublicKeyInfo,
      Buffer.of(0x04, 0x03),
    );
    expect(verify('sha256', signed, publicKey, signature)).toBe(true);
  });

  it.each<[string, () => SignDelegatedCredentialOperation]>([
    ['of 8 days', () => credential({}, 8 * DAY)],
    ['of a second more than 7 days', () => credential({}, 7 * DAY + 2)],
    ['that has ended', () => credential({}, -1)],
    ["whose end is the certificate's first second", () => credential({ validTime: 0 })],
    ['for a certificate that allows none', () => credential({ certificate: otherwise.raw })],
    ['with bytes behind the certificate', () => withTrailer(credential())],
    ['for a certificate that cannot be read', () => credential({ certificate: Buffer.of(0x30, 0) })],
    [
      'for a certificate in PEM',
      () => credential({ certificate: Buffer.from(delegating.certificate.toString()) }),
    ],
    ['whose key cannot be read', () => credential({ subjectPublicKeyInfo: Buffer.of(0x30, 0) })],
    ['whose key is of another type', () => credential({ dcCertVerifyAlgorithm: 0x0807 })],
    ['whose algorithm is of another curve', () => credential({ algorithm: 0x0503 })],
    ['whose algorithm is not one of credentials', () => credential({ algorithm: 0x0804 })],
    ['whose algorithm is unknown', () => credential({ algorithm: 0xffff })],
    ['whose key is of another curve', () => credential({ dcCertVerifyAlgorithm: 0x0503 })],
  ])('%s is not signed', async (_case, operation) => {
    await expect(sign(delegating.certificate.publicKey, operation())).rejects.toMatchObject({
      code: 'LATCHKEY_CRYPTOGRAPHY_FAILED',
    });
  });

  it('is signed for 7 days to the second', async () => {
    await expect(sign(delegating.certificate.publicKey, credential({}, 7 * DAY - 1))).resolves.toBeInstanceOf(
      Uint8Array,
    );
  });

  it('is not signed with the key of another certificate', async () => {
    await expect(sign(keys.p256.publicKey, credential())).rejects.toMatchObject({
      message: 'The certificate is not one of the key that allows delegated credentials',
    });
  });

  it('does not outlive its certificate', async () => {
    const notAfter = new Date(Date.now() + 3_600_000);
    const issued = await authority.issue({ commonName: 'www.example', allowsDelegation: true, notAfter });
    const certificate = new X509Certificate(issued.certificatePem);
    const key = storedKey(PrivateKey.parse(Buffer.from(issued.keyPem)), 'site.key');
    const own = new PoolKeyService({ keys: new KeyStore([key]) });
    const ask = (lifetime: number) =>
      own.perform(
        { key: { ski: key.ski }, operation: credential({ certificate: certificate.raw }, lifetime) },
        { deadline: performance.now() + 10_000 },
      );
    try {
      await expect(ask(3590)).resolves.toBeInstanceOf(Uint8Array);
      await expect(ask(3610)).rejects.toMatchObject({
        message: 'The delegated credential would end too late, or has ended',
      });
    } finally {
      await own.close();
    }
  });

  function withTrailer(operation: SignDelegatedCredentialOperation): SignDelegatedCredentialOperation {
    return { ...operation, certificate: Buffer.concat([operation.certificate, Buffer.of(0)]) };
  }
});

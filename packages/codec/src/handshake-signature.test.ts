import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHandshakeSignature, type TlsVersion } from './handshake-signature.js';
import type { SignatureScheme } from './operation.js';
import { signedContent } from './signed-content.js';
import { bytes, concat } from './test-support/bytes.js';

const RANDOMS = concat(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2));
const P256_PARAMETERS = concat(bytes('03 0017 41 04'), new Uint8Array(64).fill(3));
const HASH = new Uint8Array(32).fill(0x01);
/** RFC 8446, section 4.4.3, has this very content as its example. */
const RFC_8446_CONTENT = concat(
  bytes('2020202020202020202020202020202020202020202020202020202020202020'),
  bytes('2020202020202020202020202020202020202020202020202020202020202020'),
  bytes('544c5320312e332c20736572766572204365727469666963617465566572696679 00'),
  HASH,
);

describe('what a TLS server wants signed', () => {
  it('is the CertificateVerify of RFC 8446, and back again', () => {
    const operation = toHandshakeSignature(RFC_8446_CONTENT, 'ecdsa_sha256', 'TLSv1.3');
    expect(operation).toEqual({
      type: 'sign_certificate_verify',
      scheme: 'ecdsa_sha256',
      transcriptHash: HASH,
    });
    expect(signedContent(operation!)).toEqual(RFC_8446_CONTENT);
  });

  it.each([
    ['secp256r1', P256_PARAMETERS],
    ['secp384r1', concat(bytes('03 0018 61 04'), new Uint8Array(96))],
    ['secp521r1', concat(bytes('03 0019 85 04'), new Uint8Array(132))],
    ['x25519', concat(bytes('03 001d 20'), new Uint8Array(32))],
    ['x448', concat(bytes('03 001e 38'), new Uint8Array(56))],
  ])('is the ServerKeyExchange of RFC 8422 with %s, and back again', (_group, parameters) => {
    const message = concat(RANDOMS, parameters);
    const operation = toHandshakeSignature(message, 'rsa_pkcs1_sha256', 'TLSv1.2');
    expect(operation).toMatchObject({ clientRandom: RANDOMS.slice(0, 32), serverRandom: RANDOMS.slice(32) });
    expect(signedContent(operation!)).toEqual(message);
  });

  it.each<[string, Uint8Array, SignatureScheme, TlsVersion]>([
    ['the CertificateVerify of a client', clientContent(), 'ecdsa_sha256', 'TLSv1.3'],
    ['a transcript hash of another length', RFC_8446_CONTENT.subarray(1), 'ecdsa_sha256', 'TLSv1.3'],
    ['a transcript hash that is cut', RFC_8446_CONTENT.subarray(0, -1), 'ecdsa_sha256', 'TLSv1.3'],
    ['a scheme that TLS 1.3 has for certificates only', RFC_8446_CONTENT, 'rsa_pkcs1_sha256', 'TLSv1.3'],
    ['a scheme with SHA-1', concat(RANDOMS, P256_PARAMETERS), 'rsa_pkcs1_sha1', 'TLSv1.2'],
    ['the content of the other version', RFC_8446_CONTENT, 'ecdsa_sha256', 'TLSv1.2'],
    ['an explicit curve', concat(RANDOMS, P256_PARAMETERS.with(0, 1)), 'ecdsa_sha256', 'TLSv1.2'],
    ['an unknown group', concat(RANDOMS, P256_PARAMETERS.with(2, 0x16)), 'ecdsa_sha256', 'TLSv1.2'],
    ['a compressed point', concat(RANDOMS, P256_PARAMETERS.with(4, 2)), 'ecdsa_sha256', 'TLSv1.2'],
    ['a point of another length', concat(RANDOMS, P256_PARAMETERS.with(3, 0x61)), 'ecdsa_sha256', 'TLSv1.2'],
    ['bytes behind the point', concat(RANDOMS, P256_PARAMETERS, bytes('00')), 'ecdsa_sha256', 'TLSv1.2'],
    ['no parameters', RANDOMS, 'ecdsa_sha256', 'TLSv1.2'],
    ['nothing', bytes(''), 'ecdsa_sha256', 'TLSv1.2'],
  ])('is not %s', (_case, message, scheme, version) => {
    expect(toHandshakeSignature(message, scheme, version)).toBeUndefined();
  });

  it('is signed as it was said, or has no structure', () => {
    const messages = fc.oneof(
      fc.uint8Array({ maxLength: 250 }),
      fc.uint8Array({ maxLength: 60 }).map((end) => concat(RFC_8446_CONTENT.slice(0, -32), end)),
      fc.uint8Array({ maxLength: 80 }).map((end) => concat(RANDOMS, P256_PARAMETERS.slice(0, 5), end)),
    );
    const versions = fc.constantFrom<TlsVersion>('TLSv1.2', 'TLSv1.3');
    fc.assert(
      fc.property(messages, versions, (message, version) => {
        const operation = toHandshakeSignature(message, 'ecdsa_sha256', version);
        return operation === undefined || Buffer.compare(signedContent(operation), message) === 0;
      }),
    );
  });
});

function clientContent(): Uint8Array {
  return new Uint8Array(
    Buffer.from(Buffer.from(RFC_8446_CONTENT).toString('latin1').replace('server', 'client'), 'latin1'),
  );
}

import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PublicKeyParseError } from './key-errors.js';
import { subjectKeyIdentifier } from './public-key.js';

// Made by `openssl req -x509`, whose subjectKeyIdentifier extension says what `ski` says.
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUQr0fPbhjcUfsVBLVtavalcPJ5AwwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIxNTQxNDlaGA8yMTI2MTAyOTE1NDE0
OVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCGG
8ARhJJyZNvXy0gnBMgJZUfEHDGJQjHznA/XS7GYT7teICnbXDuz2i7ZyHVNoqjDE
Is+uVLE0vGVd96Q1pH+jUzBRMB0GA1UdDgQWBBRghtxNYwAZ77UQP23lmtUDSwmt
TTAfBgNVHSMEGDAWgBRghtxNYwAZ77UQP23lmtUDSwmtTTAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQDxlssCCoe6ATyjOiciS74eEj0KaC3mIlCV
G9t3+9WzQwIhAMymbQ8qGtylcTCkrx2XPe6W9iRdcPa1P0E0dypGdkVM
-----END CERTIFICATE-----
`;
const certificateDer = Buffer.from(certificate.replaceAll(/-.*-|\s/g, ''), 'base64');
const keyDer = certificateDer.subarray(certificateDer.indexOf('3059301306', 'hex')).subarray(0, 91);
const keyPem = `-----BEGIN PUBLIC KEY-----\n${keyDer.toString('base64')}\n-----END PUBLIC KEY-----\n`;
const ski = '6086dc4d630019efb5103f6de59ad5034b09ad4d';

describe('subjectKeyIdentifier', () => {
  it.each([
    ['a certificate in PEM', Buffer.from(certificate)],
    ['a certificate in DER', certificateDer],
    ['a public key in PEM', Buffer.from(keyPem)],
    ['a public key in DER', keyDer],
  ])('takes %s', (_, bytes) => {
    expect(Buffer.from(subjectKeyIdentifier(bytes)).toString('hex')).toBe(ski);
  });

  it("takes a chain's first certificate", () => {
    const chain = Buffer.from(`${certificate}${certificate.replace('MIIBdj', 'MIIBdk')}`);
    expect(Buffer.from(subjectKeyIdentifier(chain)).toString('hex')).toBe(ski);
  });

  it('refuses a private key instead of deriving the public one', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(() => subjectKeyIdentifier(pem)).toThrow(PublicKeyParseError);
  });

  it('refuses everything else with its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => subjectKeyIdentifier(bytes)).toThrow(PublicKeyParseError);
      }),
    );
  });
});

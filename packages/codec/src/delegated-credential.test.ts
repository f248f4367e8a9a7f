import { describe, expect, it } from 'vitest';
import { delegatedCredentialMessage, encodeDelegatedCredential } from './delegated-credential.js';

const PARAMETERS = {
  certificate: Uint8Array.of(0x30, 0x03, 0xaa, 0xbb, 0xcc),
  validTime: 0x01020304,
  dcCertVerifyAlgorithm: 0x0403,
  subjectPublicKeyInfo: Uint8Array.of(0x30, 0x01, 0xdd),
  algorithm: 0x0503,
};
const CREDENTIAL = ['01020304', '0403', '000003', '3001dd'].join('');

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('a delegated credential', () => {
  it('is signed with context, certificate, credential and algorithm (RFC 9345, section 4)', () => {
    const context = Buffer.from('TLS, server delegated credentials').toString('hex');
    expect(hex(delegatedCredentialMessage(PARAMETERS))).toBe(
      `${'20'.repeat(64)}${context}003003aabbcc${CREDENTIAL}0503`,
    );
  });

  it('is sent with its algorithm and signature', () => {
    expect(hex(encodeDelegatedCredential(PARAMETERS, Uint8Array.of(1, 2, 3)))).toBe(
      `${CREDENTIAL}05030003010203`,
    );
  });

  it.each([
    ['an end before the certificate begins', { validTime: -1 }],
    ['an end beyond 32 bits', { validTime: 2 ** 32 }],
    ['an algorithm beyond 16 bits', { algorithm: 0x10000 }],
    ['a fraction', { dcCertVerifyAlgorithm: 0.5 }],
    ['no public key', { subjectPublicKeyInfo: new Uint8Array() }],
  ])('with %s cannot be written', (_, change) => {
    expect(() => delegatedCredentialMessage({ ...PARAMETERS, ...change })).toThrow(RangeError);
    expect(() => encodeDelegatedCredential({ ...PARAMETERS, ...change }, Uint8Array.of(1))).toThrow(
      RangeError,
    );
  });

  it('without a signature cannot be written', () => {
    expect(() => encodeDelegatedCredential(PARAMETERS, new Uint8Array())).toThrow(RangeError);
  });
});

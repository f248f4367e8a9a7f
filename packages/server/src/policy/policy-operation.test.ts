import { describe, expect, it } from 'vitest';
import { ALL_OPERATIONS, operationsNamed, policyOperationOf, usesPrivateKey } from './policy-operation.js';

const nothing = new Uint8Array(0);

describe('operationsNamed', () => {
  it.each([
    ['rsa_pss_*', ['rsa_pss_sha256', 'rsa_pss_sha384', 'rsa_pss_sha512']],
    ['*_sha256', ['rsa_pkcs1_sha256', 'rsa_pss_sha256', 'ecdsa_sha256']],
    ['ed*', ['ed25519']],
    ['rsa_pss_sha256', ['rsa_pss_sha256']],
    ['decrypt', ['decrypt_block', 'decrypt_premaster']],
    ['decrypt_premaster', ['decrypt_premaster']],
    ['seal', ['seal']],
    ['ping', []],
    ['all', []],
    ['rsa.pss*', []],
    ['', []],
  ])('takes %s for %j', (word, operations) => {
    expect(operationsNamed(word)).toEqual(operations);
  });

  it.each(['*', 'd*', 'decrypt*', '*e*', 's*', 'sign'])('finds nothing but signatures in %s', (word) => {
    for (const operation of operationsNamed(word)) expect(operation).toMatch(/^(rsa|ecdsa|ed25519)/);
  });

  it('knows each operation by its name', () => {
    for (const operation of ALL_OPERATIONS) expect(operationsNamed(operation)).toEqual([operation]);
    expect(new Set(ALL_OPERATIONS).size).toBe(23);
  });
});

describe('policyOperationOf', () => {
  it('tells signatures apart by scheme, whether a digest or a message is signed', () => {
    const scheme = 'ecdsa_sha256';
    expect(policyOperationOf({ type: 'sign_digest', scheme, digest: nothing })).toBe(scheme);
    expect(policyOperationOf({ type: 'sign_message', scheme, message: nothing })).toBe(scheme);
    expect(policyOperationOf({ type: 'seal', blob: nothing })).toBe('seal');
  });
});

describe('usesPrivateKey', () => {
  it('is so of signatures and decryptions', () => {
    expect(ALL_OPERATIONS.filter((operation) => !usesPrivateKey(operation))).toEqual([
      'seal',
      'unseal',
      'custom',
      'rpc',
    ]);
  });
});

import { createHash } from 'node:crypto';
import type { HashAlgorithm, SignatureScheme } from '@latchkey/codec';
import { describe, expect, it } from 'vitest';
import { toKssl1Request } from './kssl1-request.js';

const key = { ski: new Uint8Array(20) };
const message = new TextEncoder().encode('TLS 1.3, server CertificateVerify');

describe('toKssl1Request', () => {
  const hashes: Record<HashAlgorithm, string[]> = {
    md5_sha1: ['md5', 'sha1'],
    sha1: ['sha1'],
    sha224: ['sha224'],
    sha256: ['sha256'],
    sha384: ['sha384'],
    sha512: ['sha512'],
  };
  const schemes: [Exclude<SignatureScheme, 'ed25519'>, HashAlgorithm][] = [
    ['rsa_pkcs1_md5_sha1', 'md5_sha1'],
    ['rsa_pkcs1_sha1', 'sha1'],
    ['rsa_pkcs1_sha224', 'sha224'],
    ['rsa_pkcs1_sha256', 'sha256'],
    ['rsa_pkcs1_sha384', 'sha384'],
    ['rsa_pkcs1_sha512', 'sha512'],
    ['rsa_pss_sha256', 'sha256'],
    ['rsa_pss_sha384', 'sha384'],
    ['rsa_pss_sha512', 'sha512'],
    ['ecdsa_md5_sha1', 'md5_sha1'],
    ['ecdsa_sha1', 'sha1'],
    ['ecdsa_sha224', 'sha224'],
    ['ecdsa_sha256', 'sha256'],
    ['ecdsa_sha384', 'sha384'],
    ['ecdsa_sha512', 'sha512'],
  ];
  it.each(schemes)('sends the digest of a message to be signed with %s', (scheme, hash) => {
    const digest = Buffer.concat(hashes[hash].map((name) => createHash(name).update(message).digest()));
    expect(toKssl1Request({ key, operation: { type: 'sign_message', scheme, message } })).toEqual({
      key,
      operation: { type: 'sign_digest', scheme, digest },
    });
  });

  it('sends the message itself for Ed25519, which hashes it twice', () => {
    const request = { key, operation: { type: 'sign_message', scheme: 'ed25519', message } } as const;
    expect(toKssl1Request(request)).toEqual(request);
  });

  it('sends the digest of what the signature of a handshake covers, or with Ed25519 the content itself', () => {
    const transcriptHash = new Uint8Array(32).fill(7);
    const content = Buffer.concat([
      Buffer.from(`${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`),
      transcriptHash,
    ]);
    const operation = { type: 'sign_certificate_verify', scheme: 'ecdsa_sha384', transcriptHash } as const;
    expect(toKssl1Request({ key, operation }).operation).toEqual({
      type: 'sign_digest',
      scheme: 'ecdsa_sha384',
      digest: createHash('sha384').update(content).digest(),
    });
    expect(toKssl1Request({ key, operation: { ...operation, scheme: 'ed25519' } }).operation).toEqual({
      type: 'sign_message',
      scheme: 'ed25519',
      message: new Uint8Array(content),
    });
  });

  it('asks for the padded block of a premaster secret, and keeps what else the request says', () => {
    const ciphertext = new Uint8Array(256);
    const request = {
      key,
      operation: { type: 'decrypt_premaster', ciphertext, clientVersion: 0x0303 },
      requestContext: { request_id: 'a' },
    } as const;
    expect(toKssl1Request(request)).toEqual({
      ...request,
      operation: { type: 'decrypt_block', ciphertext },
    });
  });

  it('leaves everything else as it is', () => {
    const request = { key: {}, operation: { type: 'custom', functionName: 'f', payload: message } } as const;
    expect(toKssl1Request(request)).toBe(request);
  });
});

import { createHash } from 'node:crypto';
import type { Operation } from '@latchkey/codec';
import { describe, expect, it } from 'vitest';
import { type AuditEntry, fieldsOf } from './entry.js';

const MESSAGE = Buffer.from('the message');
const DIGEST = createHash('sha384').update(MESSAGE).digest();

describe('fieldsOf', () => {
  it('says who used which key for what, for whom, and how it went', () => {
    const fields = fieldsOf({
      client: { commonName: 'edge-1', fingerprint: Buffer.alloc(32, 0xfe) },
      key: { ski: Buffer.alloc(20, 0xab), label: 'example.key' },
      request: {
        key: {
          ski: Buffer.alloc(20, 0xab),
          serverName: 'www.example.com',
          clientIp: Buffer.of(192, 0, 2, 1),
          serverIp: Buffer.from('20010db8000000000000000000000001', 'hex'),
        },
        operation: { type: 'sign_digest', scheme: 'ecdsa_sha384', digest: DIGEST },
      },
      result: 'ok',
      duration: 1.2344,
    });
    expect(written(fields)).toEqual({
      client: 'edge-1',
      client_fingerprint: 'fe'.repeat(32),
      key: 'ab'.repeat(20),
      key_label: 'example.key',
      operation: 'sign_digest',
      scheme: 'ecdsa_sha384',
      digest: DIGEST.toString('hex'),
      server_name: 'www.example.com',
      client_ip: '192.0.2.1',
      server_ip: '2001:db8::1',
      result: 'ok',
      duration_us: 1234,
    });
  });

  it('says which key was asked for when there is none', () => {
    const { key: _, ...unknown } = entry({ type: 'ping', payload: MESSAGE });
    const request = { ...unknown.request, key: { ski: Buffer.alloc(20, 0xcd) } };
    expect(fieldsOf({ ...unknown, request })).toMatchObject({ key: 'cd'.repeat(20), key_label: undefined });
  });

  it('has the same digest whether the message was sent or its digest', () => {
    const digest = DIGEST.toString('hex');
    for (const scheme of ['ecdsa_sha384', 'rsa_pss_sha384', 'rsa_pkcs1_sha384'] as const) {
      expect(fieldsOf(entry({ type: 'sign_message', scheme, message: MESSAGE }))).toMatchObject({ digest });
      expect(fieldsOf(entry({ type: 'sign_digest', scheme, digest: DIGEST }))).toMatchObject({ digest });
    }
  });

  it.each([
    ['rsa_pkcs1_md5_sha1', 36],
    ['ecdsa_sha1', 20],
    ['ecdsa_sha224', 28],
    ['ecdsa_sha512', 64],
    ['ed25519', 32],
  ] as const)('hashes a message for %s to %i bytes', (scheme, length) => {
    const fields = fieldsOf(entry({ type: 'sign_message', scheme, message: MESSAGE }));
    expect(fields).toMatchObject({ digest: expect.stringMatching(new RegExp(`^[0-9a-f]{${2 * length}}$`)) });
  });

  it('names a decryption by its ciphertext', () => {
    const digest = createHash('sha256').update(MESSAGE).digest('hex');
    const decryptions: Operation[] = [
      { type: 'decrypt_block', ciphertext: MESSAGE },
      { type: 'decrypt_premaster', ciphertext: MESSAGE, clientVersion: 0x0303 },
    ];
    for (const operation of decryptions) expect(fieldsOf(entry(operation))).toMatchObject({ digest });
  });

  it.each<Operation>([
    { type: 'seal', blob: MESSAGE },
    { type: 'unseal', blob: MESSAGE },
    { type: 'rpc', payload: MESSAGE },
    { type: 'custom', functionName: 'f', payload: MESSAGE },
    { type: 'decrypt_block', ciphertext: MESSAGE },
  ])('holds nothing of what $type is given', (operation) => {
    const text = JSON.stringify(fieldsOf(entry(operation)));
    expect(text).not.toContain(MESSAGE.toString());
    expect(text).not.toContain(MESSAGE.toString('hex'));
    expect(text).not.toContain(MESSAGE.toString('base64').slice(0, 8));
  });

  it('cuts what an edge sends without end', () => {
    const request = {
      key: { serverName: 'a'.repeat(65_000) },
      operation: { type: 'ping', payload: MESSAGE } as const,
    };
    const fields = fieldsOf({ ...entry(request.operation), request });
    expect(fields).toMatchObject({ server_name: 'a'.repeat(255) });
  });
});

function entry(operation: Operation): AuditEntry {
  return {
    client: { commonName: 'edge-1', fingerprint: Buffer.alloc(32) },
    key: { ski: Buffer.alloc(20) },
    request: { key: {}, operation },
    result: 'ok',
    duration: 1,
  };
}

/** As it stands in a line: without the fields that are undefined. */
function written(fields: object): unknown {
  return JSON.parse(JSON.stringify(fields));
}

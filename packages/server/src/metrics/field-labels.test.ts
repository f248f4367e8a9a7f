import { Opcode } from '@latchkey/codec/kssl1';
import { describe, expect, it } from 'vitest';
import { ALL_OPERATIONS } from '../policy/policy-operation.js';
import { opcodeLabelOf, operationTypeOf } from './field-labels.js';

describe('opcodeLabelOf', () => {
  it('has a label of its own for every operation of kssl1', () => {
    const ours: readonly string[] = ['decrypt_premaster', 'sign_delegated_credential'];
    const names = ALL_OPERATIONS.filter((name) => !ours.includes(name));
    const labels = new Set(names.map(opcodeLabelOf));
    expect(labels.size).toBe(names.length);
    expect(labels).not.toContain('unknown');
    // All requests but the ping.
    const answers: number[] = [Opcode.SUCCESS, Opcode.ERROR, Opcode.PING, Opcode.PONG];
    expect(names).toHaveLength(Object.values(Opcode).filter((opcode) => !answers.includes(opcode)).length);
  });

  it.each([
    ['rsa_pkcs1_md5_sha1', 'OpRSASignMD5SHA1'],
    ['rsa_pkcs1_sha256', 'OpRSASignSHA256'],
    ['rsa_pss_sha512', 'OpRSAPSSSignSHA512'],
    ['ecdsa_sha384', 'OpECDSASignSHA384'],
    ['ed25519', 'OpEd25519Sign'],
    ['decrypt_block', 'OpRSADecrypt'],
    ['ping', 'OpPing'],
    ['unreadable', 'unknown'],
  ])('calls %s as the field does', (name, label) => {
    expect(opcodeLabelOf(name)).toBe(label);
  });
});

describe('operationTypeOf', () => {
  it.each([
    ['rsa_pss_sha256', 'rsa'],
    ['decrypt_block', 'rsa'],
    ['ecdsa_md5_sha1', 'ecdsa'],
    ['ed25519', 'ed25519'],
    ['custom', 'custom'],
    ['rpc', 'rpc'],
    ['seal', 'other'],
    ['ping', 'other'],
    ['unreadable', 'unknown'],
  ])('puts %s where the field does', (name, type) => {
    expect(operationTypeOf(name)).toBe(type);
  });
});

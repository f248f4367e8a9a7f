import { describe, expect, it } from 'vitest';
import { Xaes256GcmKey } from './xaes-256-gcm.js';

const NONCE = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWX');
const PLAINTEXT = Buffer.from('XAES-256-GCM');

describe('Xaes256GcmKey', () => {
  // The two keys' subkeys are made with and without a carry.
  it.each([
    [0x01, '', 'ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271'],
    [0x03, 'c2sp.org/XAES-256-GCM', '986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d'],
  ])('agrees with the test vector of C2SP for keys of %i', (byte, associatedData, expected) => {
    const key = new Xaes256GcmKey(Buffer.alloc(32, byte));
    const ciphertext = Buffer.concat(key.encrypt(NONCE, PLAINTEXT, Buffer.from(associatedData)));
    expect(ciphertext.toString('hex')).toBe(expected);
    expect(key.decrypt(NONCE, ciphertext, Buffer.from(associatedData))).toEqual(PLAINTEXT);
  });

  it('keeps its key when the caller wipes it', () => {
    const bytes = Buffer.alloc(32, 0x01);
    const key = new Xaes256GcmKey(bytes);
    bytes.fill(0);
    const [ciphertext = NONCE] = key.encrypt(NONCE, PLAINTEXT, Buffer.alloc(0));
    expect(Buffer.from(ciphertext).toString('hex')).toBe('ce546ef63c9cc60765923609');
  });

  it('cannot be used once it is forgotten', () => {
    const key = new Xaes256GcmKey(Buffer.alloc(32, 0x01));
    key.dispose();
    expect(() => key.encrypt(NONCE, PLAINTEXT, Buffer.alloc(0))).toThrow(/state/i);
  });
});

import { type Cipher, createCipheriv, createDecipheriv } from 'node:crypto';

/** Length of the key in bytes. */
export const KEY_LENGTH = 32;
/** Length of the nonce in bytes. */
export const NONCE_LENGTH = 24;
/** How much longer the ciphertext is than the plaintext, in bytes. */
export const TAG_LENGTH = 16;

/**
 * A key of XAES-256-GCM (C2SP, `XAES-256-GCM.md`): AES-256-GCM, with a key of its own for each message which the key
 * derivation of NIST SP 800-108r1 takes from the first half of a nonce of 192 bits.
 *
 * Plain AES-256-GCM under one key must stop after 2^32 random nonces (NIST SP 800-38D, section 8.3), which replicas that
 * share a key could only keep to by counting together. Here nonces may be random for 2^80 messages.
 */
export class Xaes256GcmKey {
  readonly #aes: Cipher;
  /** The first subkey of CMAC (RFC 4493, section 2.3). */
  readonly #subkey: Uint8Array;

  /** @param key 32 bytes; may be wiped afterwards */
  constructor(key: Uint8Array) {
    this.#aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    this.#subkey = doubled(this.#aes.update(new Uint8Array(BLOCK_LENGTH)));
  }

  /**
   * @param nonce 24 bytes, random, never used twice
   * @returns the ciphertext and its tag of 16 bytes
   */
  encrypt(nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array[] {
    const key = this.#deriveKey(nonce);
    const cipher = createCipheriv('aes-256-gcm', key, nonce.subarray(DERIVATION_LENGTH));
    key.fill(0);
    cipher.setAAD(associatedData);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return [ciphertext, cipher.getAuthTag()];
  }

  /**
   * @param ciphertext with its tag
   * @returns the plaintext; undefined when anything but this key made the ciphertext with this nonce and data
   */
  decrypt(nonce: Uint8Array, ciphertext: Uint8Array, associatedData: Uint8Array): Uint8Array | undefined {
    const key = this.#deriveKey(nonce);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce.subarray(DERIVATION_LENGTH), {
      authTagLength: TAG_LENGTH,
    });
    key.fill(0);
    decipher.setAAD(associatedData);
    decipher.setAuthTag(ciphertext.subarray(-TAG_LENGTH));
    const plaintext = decipher.update(ciphertext.subarray(0, -TAG_LENGTH));
    try {
      decipher.final();
      return plaintext;
    } catch {
      plaintext.fill(0);
      return undefined;
    }
  }

  /** Forgets the key: OpenSSL wipes it when the cipher ends. */
  dispose(): void {
    this.#aes.final();
    this.#subkey.fill(0);
  }

  /** CMAC in counter mode: two blocks, each the counter, the label "X", a zero byte and half of the nonce. */
  #deriveKey(nonce: Uint8Array): Uint8Array {
    const blocks = new Uint8Array(2 * BLOCK_LENGTH);
    for (const counter of [1, 2]) {
      const block = blocks.subarray((counter - 1) * BLOCK_LENGTH, counter * BLOCK_LENGTH);
      block.set([0, counter, LABEL, 0]);
      block.set(nonce.subarray(0, DERIVATION_LENGTH), 4);
      for (const [index, byte] of this.#subkey.entries()) block[index] = (block[index] ?? 0) ^ byte;
    }
    return this.#aes.update(blocks);
  }
}

const BLOCK_LENGTH = 16;
/** How much of the nonce the key of a message is derived from; the rest is the nonce of AES-256-GCM. */
const DERIVATION_LENGTH = 12;
const LABEL = 0x58;

/** Twice the value in GF(2^128), in constant time (RFC 4493, section 2.3). */
function doubled(block: Uint8Array): Uint8Array {
  const carry = (block[0] ?? 0) >> 7;
  const result = block.map((byte, index) => (byte << 1) | ((block[index + 1] ?? 0) >> 7));
  result[BLOCK_LENGTH - 1] = (result[BLOCK_LENGTH - 1] ?? 0) ^ (0x87 & -carry);
  block.fill(0);
  return result;
}

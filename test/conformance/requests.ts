import { createHash, type KeyObject, verify } from 'node:crypto';
import { expect } from 'vitest';
import type { Item } from './frames.js';
import { KEYS, skiItem } from './key-server.js';

// Tags of items, and opcodes, as docs/protocol/kssl1.md has them.
export const CERTIFICATE_DIGEST = 0x01;
export const SERVER_NAME = 0x02;
export const CLIENT_IP = 0x03;
export const SKI = 0x04;
export const SERVER_IP = 0x05;
export const CERTIFICATE_ID = 0x06;
export const OPCODE = 0x11;
export const PAYLOAD = 0x12;
export const FUNCTION_NAME = 0x13;
export const EXTRA = 0x14;
export const TRACING_SPAN = 0x15;
export const REQUEST_CONTEXT = 0x16;
export const COMPLIANCE_REGION = 0x17;
export const PADDING = 0x20;

export const RSA_DECRYPT = 0x01;
export const ECDSA_SHA256 = 0x15;
export const ED25519 = 0x18;
export const SEAL = 0x21;
export const UNSEAL = 0x22;
export const PING = 0xf1;
export const PONG = 0xf2;
export const SUCCESS = 0xf0;
export const ERROR = 0xff;

export const { rsa, p256, p384, ed25519 } = KEYS;
export const MESSAGE = Buffer.from('what a handshake signs');
export const PING_ITEMS: readonly Item[] = [opcode(PING), [PAYLOAD, MESSAGE]];
export const PINGED = { opcode: PONG, payload: MESSAGE };
/** A request that is answered with a signature when nothing of what is added to it is wrong. */
export const SIGN_ITEMS: readonly Item[] = [
  skiItem(p256.publicKey),
  opcode(ECDSA_SHA256),
  [PAYLOAD, digest('sha256')],
];

export function opcode(code: number): Item {
  return [OPCODE, Buffer.of(code)];
}

export function signItems(
  publicKey: KeyObject | undefined,
  code: number,
  payload: Uint8Array,
): readonly Item[] {
  return [...(publicKey === undefined ? [] : [skiItem(publicKey)]), opcode(code), [PAYLOAD, payload]];
}

export function digest(hash: string): Buffer {
  const names = hash === 'md5-sha1' ? ['md5', 'sha1'] : [hash];
  return Buffer.concat(names.map((name) => createHash(name).update(MESSAGE).digest()));
}

export function error(code: number): { readonly opcode: number; readonly payload: Buffer } {
  return { opcode: ERROR, payload: Buffer.of(code) };
}

export function expectSignature(
  { opcode: code, payload }: { opcode: number; payload: Buffer },
  publicKey = p256.publicKey,
) {
  expect(code).toBe(SUCCESS);
  expect(verify('sha256', MESSAGE, publicKey, payload)).toBe(true);
}

import { constants, generateKeyPairSync, privateDecrypt, sign } from 'node:crypto';
import { decodeRequest, FrameDecoder } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { describe, expect, it } from 'vitest';
import type { RequestKind, Requests } from '../requests.js';
import { encodeRequests, FRAME_LENGTH } from './requests.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed25519 = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PING: RequestKind = { operation: 'ping' };

/** What a key server would read: the requests by their ids. */
function decoded({ frames }: Requests) {
  const requests: unknown[] = [];
  const decoder = new FrameDecoder({
    onFrame: (id, bytes, start, end) => (requests[id] = decodeRequest(bytes.subarray(start, end))),
    onVersionMismatch: () => expect.unreachable(),
  });
  decoder.push(frames);
  return requests;
}

/** What the request of that id asks for. */
function operationOf(
  requests: Requests,
  id: number,
): { message: Uint8Array; ciphertext: Uint8Array; payload: Uint8Array } {
  type Asked = { request: { operation: ReturnType<typeof operationOf> } };
  return (decoded(requests)[id] as Asked).request.operation;
}

describe('encodeRequests', () => {
  it.each<RequestKind>([
    PING,
    { operation: 'ecdsa_sha256', publicKey: ec.publicKey },
    { operation: 'ed25519', publicKey: ed25519.publicKey },
    { operation: 'rsa_pss_sha512', publicKey: rsa.publicKey },
    { operation: 'decrypt_block', publicKey: rsa.publicKey },
  ])('makes frames of one length whose place is their id: $operation', (kind) => {
    const requests = encodeRequests([kind], 5, 1);
    expect(requests.frames).toHaveLength(5 * FRAME_LENGTH);
    expect(Object.keys(decoded(requests))).toEqual(['0', '1', '2', '3', '4']);
  });

  it('names the key and the scheme', () => {
    const ski = Buffer.from(subjectKeyIdentifier(ec.publicKey.export({ type: 'spki', format: 'der' })));
    const requests = encodeRequests([{ operation: 'ecdsa_sha256', publicKey: ec.publicKey }], 1, 1);
    expect(decoded(requests)).toMatchObject([
      { request: { key: { ski }, operation: { type: 'sign_digest', scheme: 'ecdsa_sha256' } } },
    ]);
  });

  it('signs another message with each request and each seed, and the same with the same seed', () => {
    const frames = (seed: number) => encodeRequests([PING], 2, seed).frames;
    const messages = [1, 2].flatMap((seed) =>
      [0, 1].map((id) => frames(seed).toString('hex', id * FRAME_LENGTH + 8, (id + 1) * FRAME_LENGTH)),
    );
    expect(new Set(messages).size).toBe(4);
    expect(frames(1)).toEqual(frames(1));
  });

  it('mixes kinds by their weights, in no order', () => {
    const signature: RequestKind = { operation: 'ed25519', publicKey: ed25519.publicKey, weight: 3 };
    const requests = encodeRequests([PING, signature], 2000, 1);
    const types = decoded(requests).map((decoding) => {
      const { request } = decoding as { request: { operation: { type: string } } };
      return request.operation.type;
    });
    expect(types).toEqual(Array.from(requests.kinds, (kind) => (kind === 0 ? 'ping' : 'sign_message')));
    const pings = types.filter((type) => type === 'ping').length;
    expect(pings).toBeGreaterThan(400);
    expect(pings).toBeLessThan(600);
    expect(types.join().includes('ping,sign_message,ping,sign_message,sign_message')).toBe(true);
  });

  it("takes the right signature for right, and neither another message's nor a damaged one", () => {
    const requests = encodeRequests([{ operation: 'ed25519', publicKey: ed25519.publicKey }], 2, 1);
    const { message } = operationOf(requests, 0);
    const signature = sign(undefined, message, ed25519.privateKey);
    expect(requests.isRight(0, signature)).toBe(true);
    expect(requests.isRight(1, signature)).toBe(false);
    signature[10]! ^= 1;
    expect(requests.isRight(0, signature)).toBe(false);
    expect(requests.isRight(2, signature)).toBe(false);
  });

  it('takes a block that was decrypted for right, and no other', () => {
    const requests = encodeRequests([{ operation: 'decrypt_block', publicKey: rsa.publicKey }], 1, 1);
    const { ciphertext } = operationOf(requests, 0);
    const block = privateDecrypt({ key: rsa.privateKey, padding: constants.RSA_NO_PADDING }, ciphertext);
    expect(requests.isRight(0, block)).toBe(true);
    expect(requests.isRight(0, block.subarray(1))).toBe(false);
    block[100]! ^= 1;
    expect(requests.isRight(0, block)).toBe(false);
  });

  it('takes a payload that came back for a right pong, and no other', () => {
    const requests = encodeRequests([PING], 1, 1);
    const { payload } = operationOf(requests, 0);
    expect(requests.isRight(0, payload)).toBe(true);
    expect(requests.isRight(0, payload.subarray(1))).toBe(false);
  });

  it('refuses a request that would not be like the others', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => encodeRequests([{ operation: 'ecdsa_sha256' }], 1, 1)).toThrow('needs a key');
    expect(encodeRequests([{ operation: 'ecdsa_sha256', publicKey }], 1, 1).count).toBe(1);
  });
});

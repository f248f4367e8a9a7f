import { generateKeyPairSync, sign } from 'node:crypto';
import { decodeRequest, FrameDecoder } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from './operations.js';
import { encodeRequests, FRAME_LENGTH, type Requests } from './requests.js';

const [ping] = OPERATIONS;
const p256 = OPERATIONS.find(({ id }) => id === 'p-256')!;
const ed25519 = OPERATIONS.find(({ id }) => id === 'ed25519')!;

/** What a key server would read: the requests by their ids. */
function decoded({ frames }: Requests) {
  const requests: unknown[] = [];
  const decoder = new FrameDecoder({
    onFrame: ({ id, body }) => (requests[id] = decodeRequest(body)),
    onVersionMismatch: () => expect.unreachable(),
  });
  decoder.push(frames);
  return requests;
}

describe('encodeRequests', () => {
  it.each(OPERATIONS)('makes frames of one length whose place is their id: $title', (operation) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const requests = encodeRequests(operation, operation.signature && publicKey, 5, 1);
    expect(requests.frames).toHaveLength(5 * FRAME_LENGTH);
    expect(Object.keys(decoded(requests))).toEqual(['0', '1', '2', '3', '4']);
  });

  it('names the key and the scheme', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const ski = Buffer.from(subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' })));
    expect(decoded(encodeRequests(p256, publicKey, 1, 1))).toMatchObject([
      { request: { key: { ski }, operation: { type: 'sign_digest', scheme: 'ecdsa_sha256' } } },
    ]);
  });

  it('signs another message with each request and each seed, and the same with the same seed', () => {
    const frames = (seed: number) => encodeRequests(ping!, undefined, 2, seed).frames;
    const messages = [1, 2].flatMap((seed) =>
      [0, 1].map((id) => frames(seed).toString('hex', id * FRAME_LENGTH + 8, (id + 1) * FRAME_LENGTH)),
    );
    expect(new Set(messages).size).toBe(4);
    expect(frames(1)).toEqual(frames(1));
  });

  it("takes the right signature for right, and neither another message's nor a damaged one", () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const requests = encodeRequests(ed25519, publicKey, 2, 1);
    const [message] = decoded(requests).map((decoding) => {
      const { request } = decoding as { request: { operation: { message: Uint8Array } } };
      return request.operation.message;
    });
    const signature = sign(undefined, message!, privateKey);
    expect(requests.isRight(0, signature)).toBe(true);
    expect(requests.isRight(1, signature)).toBe(false);
    signature[10]! ^= 1;
    expect(requests.isRight(0, signature)).toBe(false);
    expect(requests.isRight(2, signature)).toBe(false);
  });

  it('takes a payload that came back for a right pong, and no other', () => {
    const requests = encodeRequests(ping!, undefined, 1, 1);
    const [decoding] = decoded(requests) as { request: { operation: { payload: Uint8Array } } }[];
    const { payload } = decoding!.request.operation;
    expect(requests.isRight(0, payload)).toBe(true);
    expect(requests.isRight(0, payload.subarray(1))).toBe(false);
  });
});

import { createHash, type KeyObject, verify } from 'node:crypto';
import type { Operation, OperationRequest } from '@latchkey/codec';
import { encodeRequest } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import type { MeasuredOperation } from './operations.js';

/** Senders pad frames to at least as many bytes, and none of those measured needs more (docs/protocol/kssl1.md). */
export const FRAME_LENGTH = 1024;

/** Requests that are encoded once and then sent again and again: making them must not be what takes the time. */
export interface Requests {
  /** Their ids are 0 to `count` - 1. */
  readonly count: number;
  /** In the order of their ids, {@link FRAME_LENGTH} bytes each: neighbours can be sent in one write. */
  readonly frames: Buffer;
  /** Whether this is the right answer to the request of that id: the signature is verified, the ping's payload compared. */
  isRight(id: number, payload: Uint8Array): boolean;
}

/**
 * Encodes requests, each over a message of its own.
 *
 * @param publicKey of the key to sign with; none: pings
 * @param seed decides the messages
 */
export function encodeRequests(
  { signature }: MeasuredOperation,
  publicKey: KeyObject | undefined,
  count: number,
  seed: number,
): Requests {
  const messages = Array.from({ length: count }, (_, id) => messageOf(seed, id));
  const key =
    publicKey === undefined
      ? {}
      : { ski: subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' })) };
  const frames = messages.map((message, id) => {
    const request: OperationRequest = { key, operation: operationOn(message) };
    return encodeRequest(id, request);
  });
  return {
    count,
    frames: Buffer.concat(frames),
    isRight: (id, payload) => {
      const message = messages[id];
      if (message === undefined) return false;
      return publicKey === undefined
        ? message.equals(payload)
        : verify(signature?.hash, message, publicKey, payload);
    },
  };

  function operationOn(message: Buffer): Operation {
    if (signature === undefined) return { type: 'ping', payload: message };
    const { scheme, hash } = signature;
    return scheme === 'ed25519'
      ? { type: 'sign_message', scheme, message }
      : {
          type: 'sign_digest',
          scheme,
          digest: createHash(hash ?? '')
            .update(message)
            .digest(),
        };
  }
}

/** As long as what TLS 1.3 has signed with SHA-256 (RFC 8446, section 4.4.3). */
function messageOf(seed: number, id: number): Buffer {
  return createHash('shake128', { outputLength: 130 }).update(`${seed} ${id}`).digest();
}

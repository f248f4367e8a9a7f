import { constants, createHash, publicEncrypt, verify } from 'node:crypto';
import type { KeyReference, Operation } from '@latchkey/codec';
import { encodeRequest } from '@latchkey/codec/kssl1';
import { subjectKeyIdentifier } from '@latchkey/native';
import { BenchmarkError } from '../../benchmark-error.js';
import { randomSource } from '../../pace/random.js';
import type { RequestKind, Requests } from '../requests.js';
import { KSSL1 } from './wire.js';

/** Senders pad frames to at least as many bytes, and none of those measured needs more (docs/protocol/kssl1.md). */
export const FRAME_LENGTH = 1024;

/**
 * Encodes requests of several kinds in random order, each over a message of its own.
 *
 * @param kinds 1 to 256
 * @param seed decides the messages and the order
 * @throws {BenchmarkError} for an operation that takes a longer frame: to decrypt with RSA-8192
 */
export function encodeRequests(kinds: readonly RequestKind[], count: number, seed: number): Requests {
  const askers = kinds.map(askerOf);
  const chosen = chooseKinds(kinds, count, seed);
  const messages = Array.from({ length: count }, (_, id) => messageOf(seed, id));
  const asked = messages.map((message, id) => ({ message, asker: askers[chosen[id] ?? 0] }));
  const frames = asked.map(({ message, asker }, id) => {
    const frame = asker && encodeRequest(id, { key: asker.key, operation: asker.operationOn(message) });
    if (frame?.length !== FRAME_LENGTH) throw new BenchmarkError('no longer frame than usual is measured');
    return frame;
  });
  return {
    count,
    frames: Buffer.concat(frames),
    length: FRAME_LENGTH,
    wire: KSSL1,
    kinds: chosen,
    isRight: (id, payload) => {
      const request = asked[id];
      return request?.asker?.isRight(request.message, payload) === true;
    },
  };
}

/** A kind, ready to make requests. */
interface Asker {
  readonly key: KeyReference;
  readonly operationOn: (message: Buffer) => Operation;
  readonly isRight: (message: Buffer, payload: Uint8Array) => boolean;
}

function askerOf({ operation, publicKey }: RequestKind): Asker {
  if (operation === 'ping') {
    return {
      key: {},
      operationOn: (payload) => ({ type: 'ping', payload }),
      isRight: (message, payload) => message.equals(payload),
    };
  }
  if (publicKey === undefined) throw new BenchmarkError(`${operation} needs a key`);
  const key = { ski: subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' })) };
  if (operation === 'decrypt_block') {
    const length = (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    // As a number it must be less than the modulus.
    const ciphertextOf = (message: Buffer) => Buffer.concat([Buffer.alloc(1), expand(message, length - 1)]);
    return {
      key,
      operationOn: (message) => ({ type: 'decrypt_block', ciphertext: ciphertextOf(message) }),
      isRight: (message, block) =>
        block.length === length &&
        publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block).equals(
          ciphertextOf(message),
        ),
    };
  }
  if (operation === 'ed25519') {
    return {
      key,
      operationOn: (message) => ({ type: 'sign_message', scheme: operation, message }),
      isRight: (message, signature) => verify(undefined, message, publicKey, signature),
    };
  }
  const hash = operation.slice(operation.lastIndexOf('_') + 1);
  const padding = operation.startsWith('rsa_pss')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {};
  return {
    key,
    operationOn: (message) => ({
      type: 'sign_digest',
      scheme: operation,
      digest: createHash(hash).update(message).digest(),
    }),
    isRight: (message, signature) => verify(hash, message, { key: publicKey, ...padding }, signature),
  };
}

/** As often as their weights say, each at a place of its own. */
function chooseKinds(kinds: readonly RequestKind[], count: number, seed: number): Uint8Array {
  const weights = kinds.map(({ weight = 1 }) => weight);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const random = randomSource(seed);
  return Uint8Array.from({ length: count }, () => {
    let left = random() * whole;
    const chosen = weights.findIndex((weight) => (left -= weight) < 0);
    return Math.max(chosen, 0);
  });
}

/** As long as what TLS 1.3 has signed with SHA-256 (RFC 8446, section 4.4.3). */
function messageOf(seed: number, id: number): Buffer {
  return expand(Buffer.from(`${seed} ${id}`), 130);
}

function expand(bytes: Buffer, outputLength: number): Buffer {
  return createHash('shake128', { outputLength }).update(bytes).digest();
}

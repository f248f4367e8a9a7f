import { decodeRequest } from '../kssl1/request.js';
import type { HashAlgorithm, Operation, OperationRequest, SignDigestOperation } from '../operation.js';
import { bytes } from './bytes.js';

export const PAYLOAD = bytes('aabbcc');

const HASHES: readonly [hash: HashAlgorithm, length: number][] = [
  ['md5_sha1', 36],
  ['sha1', 20],
  ['sha224', 28],
  ['sha256', 32],
  ['sha384', 48],
  ['sha512', 64],
];

/** Every operation of kssl1, except for the custom one, beside its opcode. */
export const OPERATIONS: readonly (readonly [opcode: number, operation: Operation])[] = [
  [0x01, { type: 'decrypt_block', ciphertext: PAYLOAD }],
  ...HASHES.map(([hash, length], index) => signDigest(0x02 + index, `rsa_pkcs1_${hash}`, length)),
  ...HASHES.map(([hash, length], index) => signDigest(0x12 + index, `ecdsa_${hash}`, length)),
  [0x18, { type: 'sign_message', scheme: 'ed25519', message: PAYLOAD }],
  [0x21, { type: 'seal', blob: PAYLOAD }],
  [0x22, { type: 'unseal', blob: PAYLOAD }],
  [0x23, { type: 'rpc', payload: PAYLOAD }],
  signDigest(0x35, 'rsa_pss_sha256', 32),
  signDigest(0x36, 'rsa_pss_sha384', 48),
  signDigest(0x37, 'rsa_pss_sha512', 64),
  [0xf1, { type: 'ping', payload: PAYLOAD }],
];

/** What the operation carries, whatever it calls it. */
export function payloadOf(operation: Operation): Uint8Array {
  if ('payload' in operation) return operation.payload;
  if ('digest' in operation) return operation.digest;
  if ('message' in operation) return operation.message;
  if ('ciphertext' in operation) return operation.ciphertext;
  if ('blob' in operation) return operation.blob;
  throw new Error(`${operation.type} carries more than a payload`);
}

/** Reads a body that has to be a request. */
export function requestOf(body: Uint8Array): OperationRequest {
  const decoding = decodeRequest(body);
  if (decoding.kind === 'refused') throw new Error(`The request is refused: ${decoding.reason}`);
  return decoding.request;
}

function signDigest(
  opcode: number,
  scheme: SignDigestOperation['scheme'],
  length: number,
): readonly [opcode: number, operation: Operation] {
  return [opcode, { type: 'sign_digest', scheme, digest: new Uint8Array(length).fill(length) }];
}

import { createHash, type KeyObject, verify } from 'node:crypto';
import { signedContent, type SignCertificateVerifyOperation } from '@latchkey/codec';
import { EdgeField, encodeRequest, FrameWriter, MAXIMUM_BATCH_LENGTH } from '@latchkey/codec/kssl2';
import { subjectKeyIdentifier } from '@latchkey/native';
import { BenchmarkError } from '../../benchmark-error.js';
import type { Requests } from '../requests.js';
import { FIRST_ID, HEADER_LENGTH, KSSL2, LAST_ID } from './wire.js';

/**
 * Encodes requests for ECDSA signatures of TLS 1.3 handshakes, each with a transcript hash of its own.
 *
 * @param count 1 to 16,256
 * @param seed decides the hashes
 */
export function encodeHandshakeRequests(
  scheme: 'ecdsa_sha256' | 'ecdsa_sha384',
  publicKey: KeyObject,
  count: number,
  seed: number,
): Requests {
  if (FIRST_ID + count - 1 > LAST_ID) throw new BenchmarkError(`there are no ids for ${count} requests`);
  const key = { ski: subjectKeyIdentifier(publicKey.export({ type: 'spki', format: 'der' })) };
  const operations = Array.from({ length: count }, (_, id) => operationOf(scheme, seed, id));
  const requests = operations.map((operation, id) =>
    fieldOf(encodeRequest(FIRST_ID + id, { key, operation }, TIMEOUT)),
  );
  const hash = scheme.slice('ecdsa_'.length);
  return {
    count,
    frames: Buffer.concat(requests),
    length: requests[0]?.length ?? 0,
    wire: KSSL2,
    kinds: new Uint8Array(count),
    isRight: (id, signature) => {
      const operation = operations[id];
      return operation !== undefined && verify(hash, signedContent(operation), publicKey, signature);
    },
  };
}

/** In milliseconds, as an edge would state one. */
const TIMEOUT = 10_000;

function operationOf(
  scheme: SignCertificateVerifyOperation['scheme'],
  seed: number,
  id: number,
): SignCertificateVerifyOperation {
  const transcriptHash = createHash('sha256').update(`${seed} ${id}`).digest();
  return { type: 'sign_certificate_verify', scheme, transcriptHash };
}

/** As it stands in a frame. */
function fieldOf(request: Uint8Array): Uint8Array {
  const writer = new FrameWriter(MAXIMUM_BATCH_LENGTH);
  writer.add(EdgeField.REQUESTS, request);
  return writer.take().subarray(HEADER_LENGTH);
}

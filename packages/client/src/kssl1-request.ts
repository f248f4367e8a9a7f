import { createHash } from 'node:crypto';
import { type Operation, type OperationRequest, type SignatureScheme, signedContent } from '@latchkey/codec';
import { encodeTraceContext } from '@latchkey/codec/kssl1';

/**
 * Says a request in the words of Keyless SSL v1, which carries digests instead of messages (Ed25519 excepted) and
 * leaves the removal of the padding of a premaster secret to whoever asked for its decryption.
 */
export function toKssl1Request(request: OperationRequest): OperationRequest {
  const { traceContext } = request;
  const operation = toKssl1Operation(request.operation);
  if (operation === request.operation && traceContext === undefined) return request;
  return { ...request, operation, ...(traceContext && { tracingSpan: encodeTraceContext(traceContext) }) };
}

function toKssl1Operation(operation: Operation): Operation {
  switch (operation.type) {
    case 'sign_certificate_verify':
    case 'sign_server_key_exchange':
      return hashMessage(operation.scheme, signedContent(operation));
    case 'sign_message':
      return hashMessage(operation.scheme, operation.message);
    case 'decrypt_premaster':
      return { type: 'decrypt_block', ciphertext: operation.ciphertext };
    default:
      return operation;
  }
}

function hashMessage(scheme: SignatureScheme, message: Uint8Array): Operation {
  if (scheme === 'ed25519') return { type: 'sign_message', scheme, message };
  // `md5_sha1` is OpenSSL's `md5-sha1`; all other names are the same.
  const hash = scheme.replace(/^(rsa_pkcs1|rsa_pss|ecdsa)_/, '').replace('_', '-');
  return { type: 'sign_digest', scheme, digest: createHash(hash).update(message).digest() };
}

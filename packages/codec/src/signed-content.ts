import type { SignHandshakeOperation } from './operation.js';

/** The content that the signature of a handshake covers, before any hashing. */
export function signedContent(operation: SignHandshakeOperation): Uint8Array {
  if (operation.type === 'sign_certificate_verify') {
    return concatenate(CERTIFICATE_VERIFY_PREFIX, operation.transcriptHash);
  }
  return concatenate(operation.clientRandom, operation.serverRandom, operation.parameters);
}

/**
 * What stands before the transcript hash in TLS 1.3 (RFC 8446, section 4.4.3): no signature of an older version, of a client
 * or for another purpose can be taken for it.
 */
export const CERTIFICATE_VERIFY_PREFIX: Uint8Array = new TextEncoder().encode(
  `${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`,
);

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

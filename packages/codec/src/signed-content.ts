import type { SignHandshakeOperation } from './operation.js';

/**
 * The content that the signature of a handshake covers, before any hashing.
 *
 * @param allocate where it is written: gives memory of that length. Default: new memory
 */
export function signedContent(
  operation: SignHandshakeOperation,
  allocate: (length: number) => Uint8Array = (length) => new Uint8Array(length),
): Uint8Array {
  if (operation.type === 'sign_certificate_verify') {
    const { transcriptHash } = operation;
    const content = allocate(CERTIFICATE_VERIFY_PREFIX.length + transcriptHash.length);
    content.set(CERTIFICATE_VERIFY_PREFIX);
    content.set(transcriptHash, CERTIFICATE_VERIFY_PREFIX.length);
    return content;
  }
  const { clientRandom, serverRandom, parameters } = operation;
  const content = allocate(clientRandom.length + serverRandom.length + parameters.length);
  content.set(clientRandom);
  content.set(serverRandom, clientRandom.length);
  content.set(parameters, clientRandom.length + serverRandom.length);
  return content;
}

/**
 * What stands before the transcript hash in TLS 1.3 (RFC 8446, section 4.4.3): no signature of an older version, of a client
 * or for another purpose can be taken for it.
 */
export const CERTIFICATE_VERIFY_PREFIX: Uint8Array = new TextEncoder().encode(
  `${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`,
);

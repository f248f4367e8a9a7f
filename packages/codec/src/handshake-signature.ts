import type { SignatureScheme, SignHandshakeOperation } from './operation.js';
import { malformationOfEcdhParameters } from './server-ecdh-parameters.js';
import { isTlsSignatureScheme } from './signature-scheme.js';
import { CERTIFICATE_VERIFY_PREFIX } from './signed-content.js';

/** The version of TLS that a handshake has negotiated. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/**
 * Says what the message is that a server's TLS wants signed.
 *
 * @param message all that the signature covers, before any hashing
 * @returns the same signature with its structure, views of the message; undefined where the message is none that a TLS
 *   server of that version signs with ECDHE, or the scheme none with which it does
 */
export function toHandshakeSignature(
  message: Uint8Array,
  scheme: SignatureScheme,
  version: TlsVersion,
): SignHandshakeOperation | undefined {
  if (!isTlsSignatureScheme(scheme)) return undefined;
  if (version === 'TLSv1.3') {
    if (isPkcs1(scheme) || !startsWith(message, CERTIFICATE_VERIFY_PREFIX)) return undefined;
    const transcriptHash = message.subarray(CERTIFICATE_VERIFY_PREFIX.length);
    if (!isTranscriptHashLength(transcriptHash.length)) return undefined;
    return { type: 'sign_certificate_verify', scheme, transcriptHash };
  }
  const parameters = message.subarray(2 * RANDOM_LENGTH);
  if (malformationOfEcdhParameters(parameters) !== undefined) return undefined;
  return {
    type: 'sign_server_key_exchange',
    scheme,
    clientRandom: message.subarray(0, RANDOM_LENGTH),
    serverRandom: message.subarray(RANDOM_LENGTH, 2 * RANDOM_LENGTH),
    parameters,
  };
}

/** In bytes: RFC 5246, section 7.4.1.2. */
export const RANDOM_LENGTH = 32;

/** That of SHA-256 or SHA-384, the hashes of TLS 1.3's cipher suites (RFC 8446, section B.4). */
export function isTranscriptHashLength(length: number): boolean {
  return length === 32 || length === 48;
}

/** Which TLS 1.3 has for certificates only (RFC 8446, section 4.2.3). */
export function isPkcs1(scheme: SignatureScheme): scheme is Extract<SignatureScheme, `rsa_pkcs1_${string}`> {
  return scheme.startsWith('rsa_pkcs1_');
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let index = 0; index < prefix.length; index += 1) if (bytes[index] !== prefix[index]) return false;
  return true;
}

import type { TLSSocket } from 'node:tls';
import { codeOf } from '../system-error.js';

/** Why somebody who connected was not let in. */
export interface Refusal {
  /** A stable code: OpenSSL's or Node's. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
}

/** It was not done in time. */
export const HANDSHAKE_TIMEOUT: Refusal = {
  reason: 'ERR_TLS_HANDSHAKE_TIMEOUT',
  message: 'the handshake took too long',
};

/** Finds out why a TLS handshake did not end well. */
export function refusalOf(error: Error, { authorizationError }: TLSSocket): Refusal {
  // Node closes a connection whose client certificate it does not accept as if the peer had.
  const refusedCertificate: unknown = authorizationError;
  const reason = (typeof refusedCertificate === 'string' ? refusedCertificate : codeOf(error)) || 'UNKNOWN';
  return { reason, message: MESSAGES.get(reason) ?? error.message };
}

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'the client certificate has expired'],
  ['CERT_NOT_YET_VALID', 'the client certificate is not valid yet: mind the clocks'],
  ['CERT_REVOKED', 'the client certificate has been revoked'],
  ['UNABLE_TO_GET_CRL', 'crl_files has no revocation list of the CA that issued the client certificate'],
  ['CRL_HAS_EXPIRED', 'the revocation list of the CA has expired: get a new one'],
  ['CRL_NOT_YET_VALID', 'the revocation list of the CA is not valid yet: mind the clocks'],
  [
    'CRL_SIGNATURE_FAILURE',
    'the revocation list was not signed by the CA that issued the client certificate',
  ],
  ['INVALID_PURPOSE', 'the extended key usage of the client certificate does not allow TLS clients'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'the client certificate is not of the client CA in cloudflare_ca_cert'],
  [
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'the client certificate is not of the client CA in cloudflare_ca_cert',
  ],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the client certificate is not of the client CA in cloudflare_ca_cert'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the client certificate is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the client certificate is not of the client CA in cloudflare_ca_cert'],
  ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'the client has sent no certificate'],
  ['ERR_SSL_HTTP_REQUEST', 'the client speaks HTTP, not TLS'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'the client does not speak TLS'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'the client speaks neither TLS 1.2 nor 1.3'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'the client offers no cipher suite that is allowed here'],
  ['ECONNRESET', 'the client left during the handshake'],
]);

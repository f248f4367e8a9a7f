import type { TlsSignatureScheme } from './operation.js';

/**
 * The SignatureScheme (RFC 8446, section 4.2.3) that stands for a scheme. Of `rsa_pss_*` it is the one for keys with the
 * OID rsaEncryption. TLS 1.2 has the same numbers, as a pair of hash and signature algorithm.
 */
export const SIGNATURE_SCHEME_CODES: Readonly<Record<TlsSignatureScheme, number>> = {
  rsa_pkcs1_sha256: 0x0401,
  rsa_pkcs1_sha384: 0x0501,
  rsa_pkcs1_sha512: 0x0601,
  ecdsa_sha256: 0x0403,
  ecdsa_sha384: 0x0503,
  ecdsa_sha512: 0x0603,
  rsa_pss_sha256: 0x0804,
  rsa_pss_sha384: 0x0805,
  rsa_pss_sha512: 0x0806,
  ed25519: 0x0807,
};

/** The scheme that a number of {@link SIGNATURE_SCHEME_CODES} stands for. */
export function signatureSchemeOf(code: number): TlsSignatureScheme | undefined {
  return SCHEMES.get(code);
}

/** Whether TLS has a number for it. */
export function isTlsSignatureScheme(scheme: string): scheme is TlsSignatureScheme {
  return Object.hasOwn(SIGNATURE_SCHEME_CODES, scheme);
}

const SCHEMES: ReadonlyMap<number, TlsSignatureScheme> = new Map(
  (Object.keys(SIGNATURE_SCHEME_CODES) as TlsSignatureScheme[]).map((scheme) => [
    SIGNATURE_SCHEME_CODES[scheme],
    scheme,
  ]),
);

/**
 * What a private key can be asked to do, as numbers: the opcodes of Keyless SSL v1 as they are, so that a key server
 * passes them through, and from 0x80 on our own. Names are those of the signature schemes and operations in
 * `@latchkey/codec`.
 */
export const OperationCode = {
  /** RSA without padding. Payload: ciphertext as long as the modulus. Answer: the whole block, padding left on. */
  decrypt_block: 0x01,
  /** RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2). Payload of this and all below: the digest, or the message to hash. */
  rsa_pkcs1_md5_sha1: 0x02,
  rsa_pkcs1_sha1: 0x03,
  rsa_pkcs1_sha224: 0x04,
  rsa_pkcs1_sha256: 0x05,
  rsa_pkcs1_sha384: 0x06,
  rsa_pkcs1_sha512: 0x07,
  /** ECDSA. Answer: DER of (r, s) (RFC 3279, section 2.2.3). */
  ecdsa_md5_sha1: 0x12,
  ecdsa_sha1: 0x13,
  ecdsa_sha224: 0x14,
  ecdsa_sha256: 0x15,
  ecdsa_sha384: 0x16,
  ecdsa_sha512: 0x17,
  /** Ed25519 (RFC 8032, section 5.1). Payload: always the message, of any length. Answer: 64 bytes. */
  ed25519: 0x18,
  /** RSASSA-PSS (RFC 8017, section 8.1), MGF1 with the same hash, salt as long as the hash. */
  rsa_pss_sha256: 0x35,
  rsa_pss_sha384: 0x36,
  rsa_pss_sha512: 0x37,
  /**
   * The premaster secret of a TLS 1.2 RSA key exchange (RFC 5246, section 7.4.7.1). Payload: ciphertext, with
   * {@link OperationOptions.clientVersion}. Answer: always 48 bytes, random ones where padding, version or ciphertext
   * are wrong, so that nobody learns which.
   */
  decrypt_premaster: 0x80,
} as const;
export type OperationCode = (typeof OperationCode)[keyof typeof OperationCode];

/** What else an operation needs to know. */
export interface OperationOptions {
  /** The payload of a signature is the message: hash it first. Default: it is the digest. Ed25519 always takes messages. */
  readonly payloadIsMessage?: boolean;
  /** For `decrypt_premaster`, which fails without: the version in the ClientHello, e.g. 0x0303. */
  readonly clientVersion?: number;
}

/** How one operation of a batch ended. */
export const BatchStatus = {
  ok: 0,
  /** The cryptography failed: e.g. a ciphertext not smaller than the modulus, or a modulus too short for the scheme. */
  failed: 1,
  /** The operation does not fit the key's type. */
  wrong_key_type: 2,
  /** The digest is not as long as its hash, or the ciphertext not as long as the modulus. */
  bad_length: 3,
  /** No key has that handle, or not any more. */
  no_such_key: 4,
  /** The operation code is none of {@link OperationCode}. */
  unknown_operation: 5,
} as const;
export type BatchStatus = (typeof BatchStatus)[keyof typeof BatchStatus];
/** A {@link BatchStatus} other than `ok`, by its name. */
export type OperationFailure = Exclude<keyof typeof BatchStatus, 'ok'>;

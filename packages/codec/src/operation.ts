/** Hash functions that Keyless SSL v1 knows, by their names in the TLS RFCs. */
export type HashAlgorithm = 'md5_sha1' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/**
 * How a signature is made: the signature algorithm and, where it signs a digest, the hash.
 *
 * Like a `SignatureScheme` of RFC 8446, section 4.2.3, but without the curve or the key's OID: those belong to the key.
 * For `rsa_pss_*` the salt is as long as the hash and MGF1 uses the same hash.
 */
export type SignatureScheme =
  | `rsa_pkcs1_${HashAlgorithm}`
  | `rsa_pss_${'sha256' | 'sha384' | 'sha512'}`
  | `ecdsa_${HashAlgorithm}`
  | 'ed25519';

/** The schemes with which servers authenticate themselves in TLS 1.2 and 1.3; those with SHA-1 are not among them (RFC 9155). */
export type TlsSignatureScheme =
  | `rsa_pkcs1_${'sha256' | 'sha384' | 'sha512'}`
  | `rsa_pss_${'sha256' | 'sha384' | 'sha512'}`
  | `ecdsa_${'sha256' | 'sha384' | 'sha512'}`
  | 'ed25519';

/**
 * Signs the CertificateVerify of a TLS 1.3 server (RFC 8446, section 4.4.3): what is signed says so, and can be taken for
 * nothing else.
 */
export interface SignCertificateVerifyOperation {
  readonly type: 'sign_certificate_verify';
  readonly scheme: Exclude<TlsSignatureScheme, `rsa_pkcs1_${string}`>;
  /** Of the handshake up to the server's Certificate: 32 or 48 bytes. */
  readonly transcriptHash: Uint8Array;
}

/** Signs the ServerKeyExchange of a TLS 1.2 handshake with ECDHE (RFC 8422, section 5.4). */
export interface SignServerKeyExchangeOperation {
  readonly type: 'sign_server_key_exchange';
  readonly scheme: TlsSignatureScheme;
  /** 32 bytes, as the next. */
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  /** ServerECDHParams: a named curve and a public key. */
  readonly parameters: Uint8Array;
}

/** A signature of a handshake of which the key service sees what it is: it makes the content that is signed itself. */
export type SignHandshakeOperation = SignCertificateVerifyOperation | SignServerKeyExchangeOperation;

/** Signs a digest that the requester computed: all that Keyless SSL v1 can carry, except for Ed25519. */
export interface SignDigestOperation {
  readonly type: 'sign_digest';
  readonly scheme: Exclude<SignatureScheme, 'ed25519'>;
  /** As long as the scheme's hash: 36, 20, 28, 32, 48 or 64 bytes. */
  readonly digest: Uint8Array;
}

/** Signs a message: the complete content that the signature covers, before any hashing. */
export interface SignMessageOperation {
  readonly type: 'sign_message';
  readonly scheme: SignatureScheme;
  readonly message: Uint8Array;
}

/**
 * Signs a delegated credential (RFC 9345, section 4). The key service builds the text that is signed from these fields, so
 * that it sees what it delegates, and refuses what the certificate does not allow or lasts too long. Keyless SSL v1
 * cannot carry it.
 *
 * The answer is the signature.
 */
export interface SignDelegatedCredentialOperation extends DelegatedCredentialParameters {
  readonly type: 'sign_delegated_credential';
}

/** What the signature of a delegated credential covers, by the names of RFC 9345, section 4. */
export interface DelegatedCredentialParameters {
  /** The end-entity certificate whose key delegates, in DER. Its notBefore is what `validTime` counts from. */
  readonly certificate: Uint8Array;
  /** The end of the credential in seconds after the certificate's notBefore: unsigned 32 bit, at most 7 days from now. */
  readonly validTime: number;
  /** The SignatureScheme (RFC 8446, section 4.2.3) that the credential's key signs handshakes with, e.g. 0x0403. */
  readonly dcCertVerifyAlgorithm: number;
  /** The credential's public key: a SubjectPublicKeyInfo in DER. */
  readonly subjectPublicKeyInfo: Uint8Array;
  /** The SignatureScheme that the certificate's key signs the credential with, e.g. 0x0403. */
  readonly algorithm: number;
}

/**
 * Decrypts the encrypted premaster secret of a TLS 1.2 RSA key exchange (RFC 5246, section 7.4.7.1).
 *
 * The answer is the 48-byte premaster secret, random bytes where the padding or the version is wrong (implicit
 * rejection); or, from a key server that only speaks Keyless SSL v1, the padded block as long as the modulus, which
 * whoever takes it must unpad in constant time.
 */
export interface DecryptPremasterOperation {
  readonly type: 'decrypt_premaster';
  readonly ciphertext: Uint8Array;
  /** The version in the ClientHello, e.g. 0x0303. */
  readonly clientVersion: number;
}

/** Raw RSA decryption: the answer is the block as long as the modulus, PKCS#1 padding left on. */
export interface DecryptBlockOperation {
  readonly type: 'decrypt_block';
  readonly ciphertext: Uint8Array;
}

/** Seals a blob (a session ticket) with a key of the key server's own, or opens one that it sealed. */
export interface SealOperation {
  readonly type: 'seal' | 'unseal';
  readonly blob: Uint8Array;
}

/** Calls a function of the key server's own by name. */
export interface CustomOperation {
  readonly type: 'custom';
  readonly functionName: string;
  readonly payload: Uint8Array;
}

/** An implementation-specific call. */
export interface RpcOperation {
  readonly type: 'rpc';
  readonly payload: Uint8Array;
}

/** Asks whether the other end is there; the answer carries the same payload. */
export interface PingOperation {
  readonly type: 'ping';
  readonly payload: Uint8Array;
}

/** One thing that a key service can be asked to do. */
export type Operation =
  | SignHandshakeOperation
  | SignDigestOperation
  | SignMessageOperation
  | SignDelegatedCredentialOperation
  | DecryptPremasterOperation
  | DecryptBlockOperation
  | SealOperation
  | CustomOperation
  | RpcOperation
  | PingOperation;

/**
 * What names the key. The SKI decides when present, then the certificate digest, then names and addresses where the
 * key server's operator has mapped them to keys.
 */
export interface KeyReference {
  /** Subject Key Identifier: the 20-byte SHA-1 of the BIT STRING contents of the key's SubjectPublicKeyInfo (RFC 5280, section 4.2.1.2). */
  readonly ski?: Uint8Array;
  /** Historic: the 32-byte SHA-256 of the RSA modulus as upper-case hexadecimal text without leading zeros. */
  readonly certificateDigest?: Uint8Array;
  /** The certificate's name at the two ends. */
  readonly certificateId?: string;
  /** The server name that the visitor asked for. */
  readonly serverName?: string;
  /** The visitor's address: 4 or 16 bytes. */
  readonly clientIp?: Uint8Array;
  /** The address that the visitor connected to: 4 or 16 bytes. */
  readonly serverIp?: Uint8Array;
}

/** A request as it travels: which key, what to do, and what else the requester tells about it. */
export interface OperationRequest {
  readonly key: KeyReference;
  readonly operation: Operation;
  /** Bytes whose meaning the two ends agreed on. */
  readonly extra?: Uint8Array;
  /** Carried by kssl2. */
  readonly traceContext?: TraceContext;
  /** A tracing span in binary form, passed through unread. Carried by Keyless SSL v1. */
  readonly tracingSpan?: Uint8Array;
  /** JSON object with context of the request, e.g. `request_id`. */
  readonly requestContext?: Readonly<Record<string, unknown>>;
  /** 0 to 255, meaning agreed between the two ends. */
  readonly complianceRegion?: number;
}

/** Where a request belongs in a trace: W3C Trace Context. */
export interface TraceContext {
  /** The header of that name, e.g. `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`. */
  readonly traceparent: string;
  readonly tracestate?: string;
}

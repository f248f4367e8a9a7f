import { tlsAddon } from './tls-addon.js';
import type { NativeTlsCredentialKey } from './tls-addon.js';

/** The addon's object behind a key. Not for the package's users. */
export let nativeCredentialKey: (key: TlsCredentialKey) => NativeTlsCredentialKey;

/**
 * A new key for delegated credentials (RFC 9345). The private half never leaves the addon; it is wiped when neither this
 * object nor a context or connection has a use for it any more.
 */
export class TlsCredentialKey {
  static {
    nativeCredentialKey = (key) => key.#native;
  }

  /** In DER. */
  readonly subjectPublicKeyInfo: Uint8Array;
  /** The SignatureScheme (RFC 8446, section 4.2.3) that it signs handshakes with, e.g. 0x0403. */
  readonly signatureScheme: number;
  readonly #native: NativeTlsCredentialKey;

  /** @param curve that of the certificate's key: OpenSSL takes the one for the other */
  constructor(curve: 'secp256r1' | 'secp384r1' | 'secp521r1') {
    this.#native = new tlsAddon.TlsCredentialKey(curve);
    this.subjectPublicKeyInfo = this.#native.subjectPublicKeyInfo();
    this.signatureScheme = this.#native.signatureScheme();
  }
}

/** A key for delegated credentials with what a certificate's key has signed for it. */
export interface TlsDelegatedCredential {
  readonly key: TlsCredentialKey;
  /** The structure DelegatedCredential (RFC 9345, section 4), unchecked. */
  readonly content: Uint8Array;
  /** The SignatureScheme that the certificate's key has signed it with. */
  readonly algorithm: number;
  /** From then on the certificate's own key signs again. */
  readonly end: Date;
}

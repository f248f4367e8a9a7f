import { X509Certificate } from 'node:crypto';
import { type ClientIdentity, clientIdentityOf } from './client-identity.js';

/** A certificate as TLS has checked it. */
export interface CheckedCertificate {
  /** DER. */
  readonly raw: Buffer;
  /** SHA-256 of {@link raw}, in whatever form, but in one. */
  readonly fingerprint256: string;
}

/**
 * Who clients are, found out once for each certificate: to read one and to check who has issued it costs as much as ten
 * signatures, and a client may connect over and over.
 */
export class ClientIdentities {
  readonly #authorities: readonly X509Certificate[];
  /** By fingerprint; first the one that has not been asked for the longest. */
  readonly #known = new Map<string, ClientIdentity>();

  /** @param authorities as of {@link clientIdentityOf} */
  constructor(authorities: readonly X509Certificate[]) {
    this.#authorities = authorities;
  }

  /** @returns the same as {@link clientIdentityOf} */
  of({ raw, fingerprint256 }: CheckedCertificate): ClientIdentity | undefined {
    const identity =
      this.#known.get(fingerprint256) ?? clientIdentityOf(new X509Certificate(raw), this.#authorities);
    this.#known.delete(fingerprint256);
    if (identity === undefined) return undefined;
    this.#known.set(fingerprint256, identity);
    this.#forgetOldest();
    return identity;
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAXIMUM_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** More than most key servers have edges, and a few megabytes at the most. */
const MAXIMUM_KNOWN = 1000;

/** TLS handshakes of visitors with any TLS server: each connects, shakes hands and leaves. */
export interface HandshakesOrder {
  readonly type: 'handshakes';
  readonly host: string;
  readonly port: number;
  /** What visitors ask for (RFC 6066, section 3). */
  readonly serverName: string;
  /** Default: the highest that both ends know. */
  readonly version?: 'TLSv1.2' | 'TLSv1.3';
  /** The share of visitors who continue an earlier session, from 0 (none) to 1 (all). */
  readonly resumedShare: number;
  /** The kind of certificate that visitors take. Default: any. */
  readonly certificate?: 'rsa' | 'ecdsa' | 'ed25519';
  /** The group of the key exchange as OpenSSL calls it, e.g. `X25519` or `P-256`. Default: what Node offers. */
  readonly group?: string;
  /** Cipher suites as OpenSSL calls them. Default: what Node offers. */
  readonly ciphers?: string;
  /** Visitors at once at most. */
  readonly concurrency: number;
}

/** What a handshake is counted as. */
export const HANDSHAKE_LABELS = ['full', 'resumed'] as const;

/**
 * What a visitor waits for one after the other: the TCP connection; the server's answer to the ClientHello, with what the private
 * key had to do for it; the rest of the handshake.
 */
export const HANDSHAKE_PHASES = ['connection', 'server hello', 'completion'] as const;

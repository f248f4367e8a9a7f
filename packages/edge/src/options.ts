import type { KeyService } from '@latchkey/codec';
import type { TlsClientHelloRequest, TlsProtocol } from '@latchkey/native';

/** What of TLS may be negotiated. Names that Node's `tls.createServer` knows mean the same here. */
export interface EdgeTlsOptions {
  /** The oldest version of TLS served. Default `TLSv1.2`. */
  readonly minVersion?: TlsProtocol;
  /** The newest version of TLS served. Default `TLSv1.3`. */
  readonly maxVersion?: TlsProtocol;
  /**
   * Cipher suites joined by colons: of TLS 1.3 by their names in RFC 8446, of TLS 1.2 as an OpenSSL cipher list.
   * Default for TLS 1.3: OpenSSL's; for TLS 1.2: ECDHE with AES-GCM or ChaCha20-Poly1305.
   */
  readonly ciphers?: string;
  /** Groups for the key exchange by OpenSSL's names, joined by colons, e.g. `X25519:P-256`. Default: OpenSSL's. */
  readonly groups?: string;
  /** Whether the server's order of cipher suites decides. Default true. */
  readonly honorCipherOrder?: boolean;
  /**
   * Whether TLS 1.2 visitors without ECDHE may use RSA key exchange, which has no forward secrecy: its operation is a
   * decryption, which the key service must allow too. Default false.
   */
  readonly allowStaticRsa?: boolean;
  /** How long a session can be resumed, in seconds: 1 to 604800; hours are sensible. Default 7200. */
  readonly sessionTimeout?: number;
  /** Tickets per full TLS 1.3 handshake: 0 (no resumption in TLS 1.3) to 16. Default 2. */
  readonly ticketCount?: number;
  /**
   * Keys that protect session tickets, each of 80 bytes: name (16), AES-256 key (32), HMAC-SHA256 key (32). The first
   * encrypts, all decrypt. Edges with the same keys resume each other's sessions. Default: random, as long as the server lives.
   */
  readonly ticketKeys?: readonly Uint8Array[];
}

/** One certificate and the service that has its key. What is left out is taken from the server's options. */
export interface SiteOptions extends EdgeTlsOptions {
  /** The certificate and its intermediates in PEM, the site's own first. */
  readonly certificateChain: string | Uint8Array;
  /** Performs the operations of the certificate's private key. */
  readonly keyService?: KeyService;
}

/** A site that is chosen by name. */
export interface NamedSiteOptions extends SiteOptions {
  /** Host names, at least one. `*.example.com` covers `www.example.com`, but neither `example.com` nor `a.b.example.com`. */
  readonly serverNames: readonly string[];
}

/** What a visitor offers (RFC 8446, section 4.1.2). */
export type ClientHello = Omit<TlsClientHelloRequest, 'id' | 'type'>;

/**
 * Chooses the site for a visitor, like Node's `SNICallback`.
 *
 * Return the same object for the same site: its TLS context is made at first sight and kept as long as that object is.
 *
 * @param serverName in lower case, undefined where the visitor named none, or nothing that is a host name
 * @returns undefined where no site has that name: the visitor gets an unrecognized_name alert
 */
export type ChooseSite = (
  serverName: string | undefined,
  clientHello: ClientHello,
) => SiteOptions | undefined | Promise<SiteOptions | undefined>;

/**
 * Where an edge's keys and certificates are, and what bounds its handshakes. Give one of
 *
 * - `certificateChain`: one site for all visitors,
 * - `sites`: a site by the name that the visitor asks for; an unknown name gets an unrecognized_name alert. A visitor
 *   who names none gets `certificateChain` if that is given beside `sites`, else the alert,
 * - `chooseSite`: anything else.
 */
export interface EdgeOptions extends EdgeTlsOptions {
  /** Performs the private-key operations of every site that has no service of its own. The edge does not close it. */
  readonly keyService?: KeyService;
  /** The default site's certificate and its intermediates in PEM, the site's own first. */
  readonly certificateChain?: string | Uint8Array;
  readonly sites?: readonly NamedSiteOptions[];
  readonly chooseSite?: ChooseSite;
  /**
   * Protocols for ALPN (RFC 7301), preferred first. A visitor who offers only others gets a no_application_protocol
   * alert. Default: what the server serves; none for `createTlsServer`.
   */
  readonly ALPNProtocols?: readonly string[];
  /**
   * How long a handshake may take, the key service's operation included, in milliseconds: 1 to 600000; 5000 to 30000
   * are sensible. Default 10000.
   */
  readonly handshakeTimeout?: number;
  /**
   * How many handshakes may be under way at once: 1 to 1000000. A paused handshake holds about 60 kB. Connections
   * beyond that are closed at once. Default 4096.
   */
  readonly maximumPendingHandshakes?: number;
}

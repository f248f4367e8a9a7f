import type { KeyService } from '@latchkey/codec';
import type { TlsClientHelloRequest, TlsProtocol } from '@latchkey/native';
import type { EdgeEvent } from './events.js';
import type { ResumptionStore } from './resumption/resumption-store.js';
import type { TlsProfile } from './tls-profile.js';

/** What of TLS may be negotiated. Names that Node's `tls.createServer` knows mean the same here. */
export interface EdgeTlsOptions {
  /** What the options below are where they are not given. Default `intermediate`. */
  readonly profile?: TlsProfile;
  /** The oldest version of TLS served. Default: the profile's. */
  readonly minVersion?: TlsProtocol;
  /** The newest version of TLS served. Default `TLSv1.3`. */
  readonly maxVersion?: TlsProtocol;
  /**
   * Cipher suites joined by colons: of TLS 1.3 by their names in RFC 8446, of TLS 1.2 as an OpenSSL cipher list.
   * Default: the profile's.
   */
  readonly ciphers?: string;
  /** Groups for the key exchange by OpenSSL's names, joined by colons, e.g. `X25519:P-256`. Default: the profile's. */
  readonly groups?: string;
  /** Whether the server's order of cipher suites decides, and so ECDSA goes before RSA. Default true. */
  readonly honorCipherOrder?: boolean;
  /**
   * Whether TLS 1.2 visitors without ECDHE may use RSA key exchange, which has no forward secrecy: its operation is a
   * decryption, which the key service must allow too. Default false.
   */
  readonly allowStaticRsa?: boolean;
  /**
   * How long a session can be resumed after its full handshake, in seconds: 1 to 604800; hours are sensible. However
   * often it is resumed, then the site's key is needed again. Default 7200.
   */
  readonly sessionTimeout?: number;
  /** Tickets per full TLS 1.3 handshake: 0 (no resumption in TLS 1.3) to 16. Default 2. */
  readonly ticketCount?: number;
  /**
   * Keys that protect session tickets, each of 80 bytes: name (16), AES-256 key (32), HMAC-SHA256 key (32). The first
   * encrypts, all decrypt. Edges with the same keys resume each other's sessions. Given here, keys do not rotate by
   * themselves: see `updateTicketKeys` of the server. Default: keys that rotate as `resumption` says.
   */
  readonly ticketKeys?: readonly Uint8Array[];
  /**
   * OCSP responses that visitors get along with a certificate: for all certificates alike, or in the order of
   * `certificateChain`. The chain must hold the issuer's certificate. Default: none.
   */
  readonly ocspStapling?: OcspStapling | readonly (OcspStapling | undefined)[];
  /**
   * Whether the edge has delegated credentials (RFC 9345) signed by the certificates' keys: visitors who take them, over
   * TLS 1.3, need no operation, and are served even when no key server can be reached. A certificate must allow it, and
   * have an ECDSA key; whoever takes over the edge can pass for the site until the last credential ends. Default false.
   */
  readonly delegatedCredentials?: boolean | DelegatedCredentialOptions;
}

/** How an edge uses delegated credentials. */
export interface DelegatedCredentialOptions {
  /**
   * How long each lasts, in seconds: 600 to 601200 (7 days, RFC 9345, section 4.1.3, less an hour for clocks that
   * disagree). It is renewed when half of that is over. Default 86400.
   */
  readonly lifetime?: number;
}

/**
 * Where a certificate's OCSP response comes from: `fetch`, the responder that the certificate names; `url`, that one;
 * `response`, this one, in DER. It is stapled while it is good and fresh. Fetched ones are renewed in the background.
 */
export type OcspStapling = 'fetch' | { readonly url: string } | { readonly response: Uint8Array };

/** A site: its certificates and the service that has their keys. What is left out is taken from the server's options. */
export interface SiteOptions extends EdgeTlsOptions {
  /**
   * The certificate and its intermediates in PEM, the site's own first. Several such chains, each for another kind of key:
   * a visitor gets one that fits what they offer, with ECDSA rather than with RSA.
   */
  readonly certificateChain: CertificateChains;
  /** Performs the operations of the certificates' private keys. */
  readonly keyService?: KeyService;
}

/** One certificate chain in PEM, or several. */
export type CertificateChains = string | Uint8Array | readonly (string | Uint8Array)[];

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
 * Which sites a server serves. Give one of
 *
 * - `certificateChain`: one site for all visitors,
 * - `sites`: a site by the name that the visitor asks for; an unknown name gets an unrecognized_name alert. A visitor
 *   who names none gets `certificateChain` if that is given beside `sites`, else the alert,
 * - `chooseSite`: anything else.
 */
export interface EdgeSites extends EdgeTlsOptions {
  /** Performs the private-key operations of every site that has no service of its own. The edge does not close it. */
  readonly keyService?: KeyService;
  /** The default site's certificate and its intermediates in PEM, the site's own first; or several such chains. */
  readonly certificateChain?: CertificateChains;
  readonly sites?: readonly NamedSiteOptions[];
  readonly chooseSite?: ChooseSite;
  /**
   * Protocols for ALPN (RFC 7301), preferred first. A visitor who offers only others gets a no_application_protocol
   * alert. Default: what the server serves; none for `createTlsServer`.
   */
  readonly ALPNProtocols?: readonly string[];
}

/** How visitors who come back are recognised, by this server and by others. */
export interface ResumptionOptions {
  /** What is shared with other edges: ticket keys, and sessions that are resumed by their id. Default: nothing. */
  readonly store?: ResumptionStore;
  /**
   * How long a ticket key protects new tickets, in seconds: 1 to 604800. For as long again its tickets are accepted, and
   * renewed: shorter than `sessionTimeout`, it shortens that. Edges that share keys must agree in it, and their clocks
   * too, to well within it. Default: `sessionTimeout`.
   */
  readonly ticketKeyLifetime?: number;
}

/** Where an edge's keys and certificates are, and what bounds its handshakes. */
export interface EdgeOptions extends EdgeSites {
  readonly resumption?: ResumptionOptions;
  /** Called with what goes on beside visitors. Must not throw. */
  readonly onEvent?: (event: EdgeEvent) => void;
  /**
   * How long a handshake may take, the key service's operation included, in milliseconds: 1 to 600000; 5000 to 30000
   * are sensible. Default 10000.
   */
  readonly handshakeTimeout?: number;
  /**
   * How many handshakes may be under way at once: 1 to 1000000. A paused handshake holds about 60 kB. Beyond that each new
   * connection takes the place of the oldest that has not sent its ClientHello; where there is none, it is closed at
   * once. Default 4096.
   */
  readonly maximumPendingHandshakes?: number;
}

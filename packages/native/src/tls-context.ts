import { tlsAddon } from './tls-addon.js';
import { nativeCredentialKey, type TlsDelegatedCredential } from './tls-credential-key.js';
import type { NativeContextSettings, NativeTlsContext } from './tls-addon.js';

/** A version of TLS that a {@link TlsContext} can serve. */
export type TlsProtocol = 'TLSv1.2' | 'TLSv1.3';

/** How one site's TLS is served: its certificate and what may be negotiated. */
export interface TlsContextOptions {
  /**
   * The certificate and its intermediates in PEM, the site's own first. Its key is RSA, RSA-PSS, ECDSA on P-256, P-384
   * or P-521, or Ed25519. Of several such chains, each for another kind of key, a visitor gets one that fits the
   * signature schemes, cipher suites and groups offered; ECDSA before RSA, with `honorCipherOrder`.
   */
  readonly certificateChain: string | Uint8Array | readonly (string | Uint8Array)[];
  /** The oldest version served. Default `TLSv1.2`. */
  readonly minimumVersion?: TlsProtocol;
  /** The newest version served. Default `TLSv1.3`. */
  readonly maximumVersion?: TlsProtocol;
  /**
   * Cipher suites of TLS 1.2 as an OpenSSL cipher list. Default: ECDHE with AES-GCM or ChaCha20-Poly1305, and with
   * `staticRsa` also RSA key exchange with AES. The security level is 2 (112 bits) unless the list says `@SECLEVEL=`.
   * Finite-field DHE is never negotiated.
   */
  readonly ciphers?: string;
  /** Cipher suites of TLS 1.3 by their names in RFC 8446, joined by colons. Default: OpenSSL's. */
  readonly cipherSuites?: string;
  /** Groups for the key exchange by OpenSSL's names, joined by colons, e.g. `X25519:P-256`. Default: OpenSSL's. */
  readonly groups?: string;
  /**
   * Whether the order of the lists above decides, and not the visitor's; a visitor who puts ChaCha20-Poly1305 first gets
   * it. Default true.
   */
  readonly honorCipherOrder?: boolean;
  /**
   * Whether RSA key exchange (TLS 1.2 without forward secrecy) may be negotiated: it asks for `decrypt` requests.
   * Default false; then it is taken out of `ciphers` too.
   */
  readonly staticRsa?: boolean;
  /**
   * Protocols for ALPN (RFC 7301), preferred first. A visitor who offers only others gets a no_application_protocol
   * alert, one who offers none gets none. Default: ALPN is ignored.
   */
  readonly alpnProtocols?: readonly string[];
  /** Tickets sent after a full TLS 1.3 handshake, 0 to 16; a resumed one sends one. 0: TLS 1.3 never resumes. Default 2. */
  readonly ticketCount?: number;
  /**
   * How long a session can be resumed after the full handshake that it began with, however often it was meanwhile, in
   * seconds: 1 to 604800 (7 days, RFC 8446, section 4.6.1). Default 7200.
   */
  readonly sessionTimeoutSeconds?: number;
  /**
   * Ticket keys as in {@link TlsContext.setTicketKeys}. Default: one random key, which lasts as long as the context:
   * give keys that rotate to a context that lives for more than a day.
   */
  readonly ticketKeys?: readonly Uint8Array[];
  /**
   * What sessions belong to, up to 32 bytes: a session is resumed only where this is the same as where it began. Default: the
   * SHA-256 of the certificates' SubjectPublicKeyInfos in their order, so that sites with different keys never resume
   * each other's sessions and all machines that serve one site do.
   */
  readonly sessionIdContext?: Uint8Array;
  /**
   * How many sessions are kept for visitors who resume TLS 1.2 by session id, having no tickets: 0 (none) to 1000000,
   * about 1 kB each. Default 4096.
   */
  readonly sessionCacheSize?: number;
  /**
   * Whether sessions that are resumed by id are also kept elsewhere: {@link TlsServerConnection.takeSession} gives them
   * out, {@link TlsServerConnection.finish} takes them back. Default false.
   */
  readonly exportSessions?: boolean;
}

/** Stable reasons why options do not make a {@link TlsContext}. */
export type TlsContextErrorCode =
  | 'LATCHKEY_TLS_NO_CERTIFICATE'
  | 'LATCHKEY_TLS_BAD_CERTIFICATE'
  | 'LATCHKEY_TLS_UNSUPPORTED_KEY'
  | 'LATCHKEY_TLS_BAD_PROTOCOL_RANGE'
  | 'LATCHKEY_TLS_BAD_CIPHERS'
  | 'LATCHKEY_TLS_BAD_CIPHER_SUITES'
  | 'LATCHKEY_TLS_BAD_GROUPS'
  | 'LATCHKEY_TLS_BAD_ALPN_PROTOCOL'
  | 'LATCHKEY_TLS_BAD_TICKET_COUNT'
  | 'LATCHKEY_TLS_BAD_TICKET_KEY'
  | 'LATCHKEY_TLS_BAD_SESSION_TIMEOUT'
  | 'LATCHKEY_TLS_BAD_SESSION_ID_CONTEXT'
  | 'LATCHKEY_TLS_BAD_SESSION_CACHE_SIZE'
  | 'LATCHKEY_TLS_INTERNAL';

/** The options do not make a {@link TlsContext}: the code says which of them, the message why. */
export class TlsContextError extends Error {
  readonly code: TlsContextErrorCode;

  constructor(code: TlsContextErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  override get name(): string {
    return 'TlsContextError';
  }
}

/** The public key in a site's certificate: names the private key that the site's requests are for. */
export interface TlsPublicKey {
  readonly type: 'rsa' | 'rsa_pss' | 'ecdsa' | 'ed25519';
  /** Only of ECDSA keys. */
  readonly curve: 'secp256r1' | 'secp384r1' | 'secp521r1' | undefined;
  readonly bits: number;
  /** DER (RFC 5280, section 4.1.2.7), as it stands in the certificate. */
  readonly subjectPublicKeyInfo: Uint8Array;
  /** Subject Key Identifier: the 20-byte SHA-1 of the BIT STRING in `subjectPublicKeyInfo`. */
  readonly ski: Uint8Array;
  /** Whether the certificate lets the key sign delegated credentials (RFC 9345, section 4.2). */
  readonly allowsDelegation: boolean;
}

/** The addon's object behind a context. Not for the package's users. */
export let nativeContext: (context: TlsContext) => NativeTlsContext;

/**
 * One site's certificate and TLS options, parsed once for all of its connections. Belongs to the thread that made it;
 * holds no private key.
 */
export class TlsContext {
  static {
    nativeContext = (context) => context.#native;
  }

  /** Those of the certificates, in their order: `sign` and `decrypt` requests name one of them by its SKI. */
  readonly publicKeys: readonly TlsPublicKey[];
  readonly #native: NativeTlsContext;

  /** @throws {@link TlsContextError} */
  constructor(options: TlsContextOptions) {
    const settings = parseOptions(options);
    try {
      this.#native = new tlsAddon.TlsContext(settings);
    } catch (error) {
      throw fromNative(error);
    } finally {
      settings.ticketKeys.fill(0);
    }
    this.publicKeys = this.#native.publicKeys();
  }

  /**
   * Replaces the keys that protect session tickets (RFC 5077, section 4). Contexts with the same keys and the same
   * `sessionIdContext` resume each other's sessions.
   *
   * @param keys each of 80 bytes: name (16), AES-256-CBC key (32), HMAC-SHA256 key (32). The first encrypts, all
   *   decrypt: at least one. They are copied; the caller may wipe its own.
   * @throws {@link TlsContextError}
   */
  setTicketKeys(keys: readonly Uint8Array[]): void {
    if (keys.length === 0) throw new TlsContextError('LATCHKEY_TLS_BAD_TICKET_KEY', 'no ticket key given');
    const packed = packTicketKeys(keys);
    this.#native.setTicketKeys(packed);
    packed.fill(0);
  }

  /**
   * Sets what is stapled to a certificate from now on (RFC 6066, section 8), unchecked: see {@link checkOcspResponse}.
   *
   * @param index of the certificate's chain
   * @param response in DER; undefined: nothing
   */
  setOcspResponse(index: number, response: Uint8Array | undefined): void {
    if (!(index in this.publicKeys)) throw new RangeError(`there is no certificate ${index}`);
    this.#native.setOcspResponse(index, response);
  }

  /**
   * Sets the delegated credential (RFC 9345) of a certificate: visitors over TLS 1.3 who take it get it along with the
   * certificate, and its key signs their handshakes, without a request. All others are served as without.
   *
   * @param index of the certificate's chain, whose key is on the same curve as the credential's
   * @param credential unchecked; undefined: none
   */
  setDelegatedCredential(index: number, credential: TlsDelegatedCredential | undefined): void {
    if (!(index in this.publicKeys)) throw new RangeError(`there is no certificate ${index}`);
    if (credential === undefined) {
      this.#native.setCredential(index);
      return;
    }
    const { key, content, algorithm, end } = credential;
    this.#native.setCredential(
      index,
      nativeCredentialKey(key),
      content,
      algorithm,
      Math.floor(end.getTime() / 1000),
    );
  }
}

const PROTOCOL_VERSIONS = { 'TLSv1.2': 0x0303, 'TLSv1.3': 0x0304 } as const;

const TICKET_KEY_LENGTH = 80;

const FORWARD_SECRET_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

const STATIC_RSA_CIPHERS = [
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA256',
  'AES128-SHA',
  'AES256-SHA',
];

function parseOptions(options: TlsContextOptions): NativeContextSettings {
  const minimumVersion = PROTOCOL_VERSIONS[options.minimumVersion ?? 'TLSv1.2'];
  const maximumVersion = PROTOCOL_VERSIONS[options.maximumVersion ?? 'TLSv1.3'];
  // Written so that an unknown name, undefined here, fails too.
  if (!(minimumVersion <= maximumVersion))
    throw new TlsContextError(
      'LATCHKEY_TLS_BAD_PROTOCOL_RANGE',
      `no version lies between ${options.minimumVersion ?? 'TLSv1.2'} and ${options.maximumVersion ?? 'TLSv1.3'}`,
    );
  const sessionIdContext = options.sessionIdContext ?? new Uint8Array();
  if (sessionIdContext.length > 32)
    throw new TlsContextError(
      'LATCHKEY_TLS_BAD_SESSION_ID_CONTEXT',
      `the session id context has ${sessionIdContext.length} bytes; 32 is the most`,
    );
  return {
    certificateChains: parseChains(options.certificateChain),
    minimumVersion,
    maximumVersion,
    ciphers: cipherList(options),
    cipherSuites: options.cipherSuites ?? null,
    groups: options.groups ?? null,
    honorCipherOrder: options.honorCipherOrder ?? true,
    alpnProtocols: protocolNameList(options.alpnProtocols ?? []),
    ticketCount: integer('LATCHKEY_TLS_BAD_TICKET_COUNT', 'ticketCount', options.ticketCount ?? 2, 0, 16),
    sessionTimeoutSeconds: integer(
      'LATCHKEY_TLS_BAD_SESSION_TIMEOUT',
      'sessionTimeoutSeconds',
      options.sessionTimeoutSeconds ?? 7200,
      1,
      604_800,
    ),
    sessionIdContext,
    sessionCacheSize: integer(
      'LATCHKEY_TLS_BAD_SESSION_CACHE_SIZE',
      'sessionCacheSize',
      options.sessionCacheSize ?? 4096,
      0,
      1_000_000,
    ),
    ticketKeys: packTicketKeys(options.ticketKeys ?? []),
    exportSessions: options.exportSessions ?? false,
  };
}

function parseChains(chains: TlsContextOptions['certificateChain']): Uint8Array[] {
  const all = typeof chains === 'string' || chains instanceof Uint8Array ? [chains] : chains;
  if (all.length === 0)
    throw new TlsContextError('LATCHKEY_TLS_NO_CERTIFICATE', 'certificateChain holds no chain');
  return all.map((chain) => (typeof chain === 'string' ? Buffer.from(chain) : chain));
}

function cipherList({ ciphers, staticRsa = false }: TlsContextOptions): string {
  if (!staticRsa) return `${ciphers ?? FORWARD_SECRET_CIPHERS.join(':')}:!kRSA`;
  return ciphers ?? [...FORWARD_SECRET_CIPHERS, ...STATIC_RSA_CIPHERS].join(':');
}

function protocolNameList(protocols: readonly string[]): Uint8Array {
  return Buffer.concat(
    protocols.map((protocol) => {
      const name = Buffer.from(protocol, 'latin1');
      if (name.length < 1 || name.length > 255)
        throw new TlsContextError(
          'LATCHKEY_TLS_BAD_ALPN_PROTOCOL',
          `an ALPN protocol name has 1 to 255 bytes, not ${name.length}`,
        );
      return Buffer.concat([Buffer.of(name.length), name]);
    }),
  );
}

function packTicketKeys(keys: readonly Uint8Array[]): Uint8Array {
  for (const key of keys)
    if (key.length !== TICKET_KEY_LENGTH)
      throw new TlsContextError(
        'LATCHKEY_TLS_BAD_TICKET_KEY',
        `a ticket key has ${TICKET_KEY_LENGTH} bytes, not ${key.length}`,
      );
  const packed = new Uint8Array(keys.length * TICKET_KEY_LENGTH);
  keys.forEach((key, index) => packed.set(key, index * TICKET_KEY_LENGTH));
  return packed;
}

function integer(
  code: TlsContextErrorCode,
  name: string,
  value: number,
  minimum: number,
  maximum: number,
): number {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw new TlsContextError(
    code,
    `${name} must be a whole number from ${minimum} to ${maximum}, not ${value}`,
  );
}

function fromNative(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  return new TlsContextError(error.code as TlsContextErrorCode, error.message, { cause: error });
}

import { addon } from './addon.js';

/** What cc/tls/register.cc exports: the classes below {@link ./tls-context.ts} and {@link ./tls-server-connection.ts}. */
export interface TlsAddon {
  readonly TlsContext: new (settings: NativeContextSettings) => NativeTlsContext;
  readonly TlsCredentialKey: new (curve: string) => NativeTlsCredentialKey;
  readonly TlsServerConnection: new (
    context: NativeTlsContext | null,
    maximumPendingInput: number,
  ) => NativeTlsServerConnection;
  readonly tlsStatistics: () => NativeTlsStatistics;
  readonly makeOcspQuestion: (
    certificateChain: Uint8Array,
  ) => { readonly url: string | undefined; readonly request: Uint8Array } | undefined;
  /** Times in seconds since 1970; a text says why the response may not be stapled. */
  readonly checkOcspResponse: (
    certificateChain: Uint8Array,
    response: Uint8Array,
  ) => { readonly thisUpdate: number; readonly nextUpdate?: number } | string;
}

/** {@link ./tls-context.ts}'s options, parsed: every default filled in, every range checked. */
export interface NativeContextSettings {
  readonly certificateChains: readonly Uint8Array[];
  /** As on the wire, e.g. 0x0303. */
  readonly minimumVersion: number;
  readonly maximumVersion: number;
  readonly ciphers: string;
  readonly cipherSuites: string | null;
  readonly groups: string | null;
  readonly honorCipherOrder: boolean;
  /** ProtocolNameList without its outer length (RFC 7301, section 3.1); empty: no ALPN. */
  readonly alpnProtocols: Uint8Array;
  readonly ticketCount: number;
  readonly sessionTimeoutSeconds: number;
  /** Empty: the key identifies the site. */
  readonly sessionIdContext: Uint8Array;
  readonly sessionCacheSize: number;
  /** Ticket keys of 80 bytes, one after the other; empty: a random one. */
  readonly ticketKeys: Uint8Array;
  readonly exportSessions: boolean;
}

/** Throws an Error with a `code` when the settings do not make a context. */
export interface NativeTlsContext {
  publicKeys(): {
    readonly type: 'rsa' | 'rsa_pss' | 'ecdsa' | 'ed25519';
    readonly curve: 'secp256r1' | 'secp384r1' | 'secp521r1' | undefined;
    readonly bits: number;
    readonly subjectPublicKeyInfo: Uint8Array;
    readonly ski: Uint8Array;
    readonly allowsDelegation: boolean;
  }[];
  setOcspResponse(index: number, response: Uint8Array | undefined): void;
  /** Without all that follows the index: none. */
  setCredential(
    index: number,
    key?: NativeTlsCredentialKey,
    content?: Uint8Array,
    algorithm?: number,
    end?: number,
  ): void;
  setTicketKeys(keys: Uint8Array): void;
}

export interface NativeTlsCredentialKey {
  subjectPublicKeyInfo(): Uint8Array;
  signatureScheme(): number;
}

export interface NativeTlsServerConnection {
  receive(bytes: Uint8Array, length: number): number;
  /** Flags, and above them how many bytes of plaintext are in `into`. */
  receiveInto(bytes: Uint8Array, length: number, into: Uint8Array): number;
  receiveEnd(): number;
  /** Moves as many bytes as there are and fit; answers how many. */
  takeOutput(into: Uint8Array): number;
  sendOutput(descriptor: number): number;
  bytesSent(): number;
  takePlaintext(into: Uint8Array): number;
  takeRequest(): NativeTlsRequest | undefined;
  finish(id: number, answer: Uint8Array | NativeTlsContext | null, session?: Uint8Array): number;
  takeSession(): { readonly id: Uint8Array; readonly content: Uint8Array } | undefined;
  fail(id: number): number;
  write(plaintext: Uint8Array): number;
  end(): number;
  abort(): void;
  serverName(): string | undefined;
  info(): NativeTlsConnectionInfo;
  error(): unknown;
}

/** A request: its id, its type and what that type has. */
export type NativeTlsRequest =
  | readonly [
      id: number,
      type: 'client_hello',
      serverName: string | undefined,
      alpnProtocols: readonly string[],
      signatureSchemes: readonly number[],
      cipherSuites: readonly number[],
      supportedVersions: readonly number[],
      supportedGroups: readonly number[],
      sessionId: Uint8Array,
      sessionTicket: boolean,
    ]
  | readonly [
      id: number,
      type: 'sign',
      certificateIndex: number,
      protocol: string,
      scheme: string,
      message: Uint8Array,
    ]
  | readonly [
      id: number,
      type: 'decrypt',
      certificateIndex: number,
      ciphertext: Uint8Array,
      clientVersion: number,
    ];

export type NativeTlsConnectionInfo = readonly [
  protocol: string | undefined,
  cipher: string | undefined,
  group: string | undefined,
  signatureScheme: string | undefined,
  delegated: boolean,
  resumed: boolean,
  alpnProtocol: string | undefined,
  serverName: string | undefined,
  established: boolean,
];

export interface NativeTlsStatistics {
  readonly connections: number;
  readonly fibersInUse: number;
  readonly fibersPooled: number;
  readonly stackHighWaterMark: number;
}

export const tlsAddon = addon as TlsAddon;

import type { Pkcs11Uri } from '../pkcs11/pkcs11-uri.js';

/** What a key server is told: the outcome of {@link parseConfiguration}, checked and complete. */
export interface ServerConfiguration {
  /** Where to accept edges; at least one. */
  readonly listen: readonly ListenAddress[];
  readonly channel: ChannelConfiguration;
  /** Where the keys are; at least one of these and {@link pkcs11Uris}. */
  readonly keyStores: readonly KeyStoreLocation[];
  /** Keys on PKCS#11 tokens. */
  readonly pkcs11Uris: readonly Pkcs11Uri[];
  /** Who may do what, YAML; none: every client may do everything with every key but decrypt. */
  readonly policyFile?: string;
  /**
   * Whether RSA decryption (opcode 0x01) is performed. Default false: whoever may ask for it can read recorded sessions.
   * Where there is a policy file, that decides and this does not count.
   */
  readonly rsaDecrypt: boolean;
  /** Threads that perform private-key operations, 1 to 256. Default: one per core but one, which moves the bytes. */
  readonly workers: number;
  readonly limits: ConnectionLimits;
  readonly logLevel: LogLevel;
  /** File to write the process id to. */
  readonly pidFile?: string;
  /** What an operator should know about the configuration although it can be used. */
  readonly warnings: readonly string[];
}

/** A TCP address or a Unix socket. */
export type ListenAddress =
  /** Without a host: all interfaces. Port 0: one that is free. */
  | { readonly type: 'tcp'; readonly host?: string; readonly port: number }
  | { readonly type: 'unix'; readonly path: string };

/** Files, PEM where nothing else is said, for the mutually authenticated channel between edge and key server. */
export interface ChannelConfiguration {
  /** The key server's certificate, intermediates after it. */
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Authorities whose client certificates are let in. */
  readonly clientCaFile: string;
  /** Certificate revocation lists of the client CAs, PEM or DER; none: revocation is not checked. */
  readonly revocationListFiles: readonly string[];
}

/** A folder that is searched, with its subfolders, for `*.key`; or one file, whatever its name. */
export interface KeyStoreLocation {
  readonly type: 'directory' | 'file';
  readonly path: string;
  /** Where the passphrase is of the keys that are encrypted. */
  readonly passphrase?: PassphraseSource;
}

/** The content of a file, without the line's end; or the value of an environment variable. */
export type PassphraseSource =
  { readonly type: 'file'; readonly path: string } | { readonly type: 'environment'; readonly name: string };

/** What one connection may take. All times are in milliseconds. */
export interface ConnectionLimits {
  /** From accepting a connection to the end of its TLS handshake. */
  readonly handshakeTimeout: number;
  /** Without a byte in either direction and without an operation under way. */
  readonly idleTimeout: number;
  /** From a request's arrival to its answer; one that has waited as long is dropped unsigned and answered 0x08. */
  readonly operationTimeout: number;
  /** Requests of one connection that are being worked on; at that many it is no longer read. */
  readonly maximumInFlight: number;
  /** Bytes of answers that wait for a slow reader; at that many its connection is no longer read. */
  readonly maximumQueuedBytes: number;
}

/** Levels of pino's. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

import type { Pkcs11Uri } from '../pkcs11/pkcs11-uri.js';

/** What a key server is told: the outcome of {@link parseConfiguration}, checked and complete. */
export interface ServerConfiguration {
  /** Where to accept edges; at least one. */
  readonly listen: readonly ListenAddress[];
  readonly channel: ChannelConfiguration;
  /** What is spoken with edges: with those that offer it kssl2, with others Keyless SSL v1. Default: both. */
  readonly protocols: ReadonlySet<ChannelProtocol>;
  /** Where the keys are; at least one of these and {@link pkcs11Uris}. */
  readonly keyStores: readonly KeyStoreLocation[];
  /** Keys on PKCS#11 tokens. */
  readonly pkcs11Uris: readonly Pkcs11Uri[];
  /** Folders with sites' certificate chains, for edges that have none of their own. */
  readonly certificateFolders: readonly string[];
  /** Who may do what, YAML; none: every client may do everything with every key but decrypt. */
  readonly policyFile?: string;
  /**
   * Whether RSA decryption (opcode 0x01) is performed. Default false: whoever may ask for it can read recorded sessions.
   * Where there is a policy file, that decides and this does not count.
   */
  readonly rsaDecrypt: boolean;
  /**
   * Whether delegated credentials are signed. Default false: with one an edge needs no key server for days. Where there is a
   * policy file, that decides and this does not count.
   */
  readonly delegatedCredentials: boolean;
  /** Threads that perform private-key operations, 1 to 256. Default: one per core but one, which moves the bytes. */
  readonly workers: number;
  /**
   * Processes of `latchkey server` that serve edges on the same addresses, 1 to 64. Default 1, which needs no other process.
   * `workers`, the bounds and the sessions of tokens are for all of them together.
   */
  readonly processes: number;
  readonly limits: ConnectionLimits;
  readonly bounds: ServerBounds;
  /** How session tickets are sealed and unsealed for edges. None: they are not, and that is answered 0x0B. */
  readonly sealing?: SealingConfiguration;
  /** The record of who used which key for what. None: there is none. */
  readonly auditLog?: AuditLogConfiguration;
  /** Whether keys are loaded again when something changes in the folders that they are in. Default true. */
  readonly watchKeys: boolean;
  /** How long edges may take to get the answers that they are owed when the server ends, in milliseconds. Default 10 s. */
  readonly drainTimeout: number;
  readonly logLevel: LogLevel;
  /** Where metrics and the status page are served, over plain HTTP. Default: port 2406 of 127.0.0.1; none: nowhere. */
  readonly admin?: AdminAddress;
  /** File to write the process id to. */
  readonly pidFile?: string;
  /** What an operator should know about the configuration although it can be used. */
  readonly warnings: readonly string[];
}

/** A protocol on the channel between edge and key server. */
export type ChannelProtocol = 'kssl2' | 'kssl1';

/** A TCP address or a Unix socket. */
export type ListenAddress =
  /** Without a host: all interfaces. Port 0: one that is free. */
  | { readonly type: 'tcp'; readonly host?: string; readonly port: number }
  | { readonly type: 'unix'; readonly path: string };

/** Where the admin endpoint listens. */
export interface AdminAddress {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Whether the key server does not serve without it; otherwise a warning is all. */
  readonly required: boolean;
}

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

/** What all connections together may take. */
export interface ServerBounds {
  /**
   * Requests that are being worked on. From three quarters of it on connections are not read; what has been read already
   * and is beyond it is answered 0x08 at once. Default 16384.
   */
  readonly maximumInFlight: number;
  /** Connections, with those that have not finished their handshake; more are closed as they come. Default 10000. */
  readonly maximumConnections: number;
  /** More are closed as they come: a handshake costs about as much as a signature. Default 500. */
  readonly maximumNewConnectionsPerSecond: number;
}

/** How session tickets are sealed. Times are in milliseconds. */
export interface SealingConfiguration {
  /** Secrets of 32 bytes, one a line in hexadecimal; the first seals, all unseal. Replicas have the same. */
  readonly secretFile: string;
  /** For how long a key that is derived from a secret seals. Default 24 h. */
  readonly rotationInterval: number;
  /** For how long what was sealed can be unsealed. Default 48 h. */
  readonly lifetime: number;
}

/** How the audit log is kept. */
export interface AuditLogConfiguration {
  readonly file: string;
  /** 32 bytes in hexadecimal with which lines are chained by HMAC. None: they are chained by plain SHA-256. */
  readonly keyFile?: string;
  /** While lines cannot be written, operations are refused with 0x08 (the default), or go on without being recorded. */
  readonly onFailure: 'stop_signing' | 'continue';
  /** At how many bytes the next file is begun. Default 256 MiB. */
  readonly maximumBytes: number;
  /** After how many milliseconds the next file is begun. Default 24 h. */
  readonly maximumAge: number;
}

/** Levels of pino's. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

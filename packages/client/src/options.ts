import type { ConnectionFailure } from './failure.js';

/** Where a key server listens. */
export type KeyServerAddress = TcpKeyServerAddress | UnixKeyServerAddress | SrvKeyServerAddress;

export interface TcpKeyServerAddress {
  /** DNS name or IP address. Behind a name, each host is a key server of its own. */
  readonly host: string;
  /** Default 2407. */
  readonly port?: number;
  /** The name, or IP address, that the server's certificate must be for. Default: `host`. */
  readonly serverName?: string;
}

export interface UnixKeyServerAddress {
  /** Path of a Unix socket. */
  readonly path: string;
  /** The name, or IP address, that the server's certificate must be for. Default `localhost`. */
  readonly serverName?: string;
}

/** Key servers that SRV records name (RFC 2782): the lowest priority is used as long as one of it can be, by weight. */
export interface SrvKeyServerAddress {
  /** The name of the records: `_keyless._tcp.keys.example`. */
  readonly srv: string;
  /**
   * The name that the servers' certificates must be for, whichever hosts the records name: those come from the DNS, which
   * anybody may forge (RFC 9525, section 6.1). Default: the domain of the records' name, `keys.example`.
   */
  readonly serverName?: string;
}

/** A protocol on the channel: kssl2, in which the key server sees what it signs, or Keyless SSL v1. */
export type ChannelProtocol = 'kssl2' | 'kssl1';

/** How long to leave a key server alone after a connection to it failed: longer after each failure in a row. */
export interface BackoffOptions {
  /** The wait after the first failure, in milliseconds. Default 100; sensible from 10 to 1000. */
  readonly initial?: number;
  /** The longest wait, in milliseconds; each is twice the one before until then. Default 5000; sensible from 1000 to 60,000. */
  readonly maximum?: number;
  /** What share of a wait is left to chance, so that edges do not come back all at once: 0 to 1. Default 0.5. */
  readonly jitter?: number;
}

/** How an operation that takes long is sent to a second key server too (a hedge), whose answer may come first. */
export interface HedgingOptions {
  /**
   * The share of operations that may be hedged, 0 to 1, beside ten that may be saved up. Default 0.05; sensible from 0,
   * which is for never, to 0.1: it is how much more key servers may have to do.
   */
  readonly share?: number;
  /**
   * The least time without an answer, in milliseconds, before an operation is hedged. Above it, the time counts in which 95
   * of 100 operations of its kind were answered in the last minute. Default 20; sensible from 5 to 200.
   */
  readonly minimumDelay?: number;
}

/** What can be changed while a client is in use. */
export type KeyServerClientChanges = Partial<
  Pick<KeyServerClientOptions, 'keyServers' | 'certificate' | 'key' | 'ca' | 'certificateNames'>
>;

/** Options of a client of key servers. Durations are in milliseconds. */
export interface KeyServerClientOptions {
  /** The key servers: each must hold every key that operations will name. At least one. */
  readonly keyServers: readonly KeyServerAddress[];
  /**
   * How often names of key servers are resolved again, in the background. Default 30,000; sensible from 5000 to 600,000.
   * Also done, if not within the last second, when a connection fails.
   */
  readonly resolveInterval?: number;
  /**
   * IP addresses of the DNS servers that resolve these names, with a port where it is not 53. Default: names are resolved
   * as this machine is set up to.
   */
  readonly nameServers?: readonly string[];
  /** The channel's client certificate, followed by its intermediates if any: PEM. Not a site's certificate. */
  readonly certificate: string;
  /** The private key of `certificate`: PEM, not encrypted. */
  readonly key: string;
  /** The CA certificates that key servers' certificates must chain to: PEM. */
  readonly ca: string;
  /**
   * What may be spoken with key servers. With `kssl1` in it, those that do not take kssl2 are spoken to in Keyless SSL v1, as
   * the key servers in the field need; a network attacker cannot bring that about, a key server's operator can.
   * Default `['kssl2']`.
   */
  readonly protocols?: readonly ChannelProtocol[];
  /**
   * Connections to keep to each key server. Default 2, so that one is left when the other breaks or waits for a lost
   * packet; sensible from 1 to 8. Fewer means more requests in each TLS record, which is cheaper for the key server.
   */
  readonly connectionsPerServer?: number;
  /** Operations that may be in flight on one connection; further ones wait in the client. Default 1024; sensible from 16 to 16,384. */
  readonly maximumInFlight?: number;
  /** Operations that may wait in the client for a connection; further ones fail at once. Default 10,000. */
  readonly maximumWaiting?: number;
  /** For everything until the TLS handshake is over. Default 5000; sensible from 500 to 30,000. */
  readonly connectTimeout?: number;
  /** The longest that an operation may take, whatever its own deadline. Default 10,000; sensible from 500 to 30,000. */
  readonly operationTimeout?: number;
  /**
   * A connection that was silent for this long is pinged. Keeps idle connections open (the reference key server closes
   * them after 30 s) and finds dead ones. Default 5000; sensible from 1000 to 20,000; 0 for no such pings. A connection
   * is also pinged when it is made, and when an operation is overdue on it.
   */
  readonly pingInterval?: number;
  /** How long a connection may stay silent after a ping before it is broken off. Default 2000; sensible from 500 to 10,000. */
  readonly pingTimeout?: number;
  /**
   * Sites whose certificates the key servers are asked for, over kssl2, now and whenever they change; each by its host
   * names, at most 100, `*.` before one for all names directly below it. At most 1024 sites. They come as an event.
   * Default: none.
   */
  readonly certificateNames?: readonly (readonly string[])[];
  readonly hedging?: HedgingOptions;
  readonly backoff?: BackoffOptions;
  /** Told what happens to connections, for logs and metrics. Must not throw. */
  readonly onEvent?: (event: KeyServerClientEvent) => void;
}

/**
 * Why a key server was ejected:
 *
 * - `unreachable`: its connections broke, and the attempt to make a new one failed
 * - `silent`: it owes answers and says nothing
 * - `faults`: it answered operation after operation with a fault of its own
 */
export type EjectionReason = 'unreachable' | 'silent' | 'faults';

/** Something that happened to a connection or a key server. */
export type KeyServerClientEvent =
  | {
      /** A name of key servers could not be resolved. What was known of it stays in use. */
      readonly type: 'resolve_failed';
      /** The name as it is listed. */
      readonly server: string;
      readonly failure: ConnectionFailure;
      /** Milliseconds until the next attempt. */
      readonly retryIn: number;
    }
  | {
      /** The key server gets no operations any more as long as there is another. */
      readonly type: 'ejected';
      readonly server: string;
      readonly reason: EjectionReason;
    }
  | {
      /** An ejected key server has shown that it is there, and gets operations again. */
      readonly type: 'restored';
      readonly server: string;
      /** Milliseconds since it was ejected. */
      readonly after: number;
    }
  | {
      readonly type: 'connected';
      /** The key server: `host:port`, or the path of its socket. */
      readonly server: string;
      /** What is spoken on it. */
      readonly protocol: ChannelProtocol;
      /** As `TLSSocket.getProtocol()` names it: `TLSv1.3`. */
      readonly tlsVersion: string;
      /** Whether an earlier TLS session of the channel was resumed. */
      readonly resumed: boolean;
    }
  | {
      /** A key server has said which certificates it has for a site, at first or because they have changed. */
      readonly type: 'certificates_received';
      readonly server: string;
      /** As in {@link KeyServerClientOptions.certificateNames}. */
      readonly serverNames: readonly string[];
      /** In DER, the site's own first; one chain for each kind of key. None: it has none that this client may have. */
      readonly chains: readonly (readonly Uint8Array[])[];
    }
  | {
      readonly type: 'connect_failed';
      readonly server: string;
      readonly failure: ConnectionFailure;
      /** Milliseconds until the next attempt. */
      readonly retryIn: number;
    }
  | {
      readonly type: 'disconnected';
      readonly server: string;
      readonly failure: ConnectionFailure;
      /** Operations that were in flight: they go to another connection or fail. */
      readonly interrupted: number;
    };

import type { HandshakeError } from './errors.js';

/** What an edge's server has done since it was made, and what it holds now. */
export interface EdgeStatistics {
  /** Handshakes under way now. */
  readonly pendingHandshakes: number;
  /** Operations that the key service has not answered yet and whose visitor is still there. */
  readonly pendingOperations: number;
  /** Connections whose handshake is complete and that are not closed. */
  readonly openConnections: number;
  /** Handshakes completed with the certificate's key, or with that of a delegated credential. */
  readonly fullHandshakes: number;
  /** Those of them with a delegated credential: without any operation. */
  readonly delegatedHandshakes: number;
  /** Handshakes completed by resuming a session: without any operation. */
  readonly resumedHandshakes: number;
  /** Handshakes that failed, by the `code` of their {@link HandshakeError}. */
  readonly failedHandshakes: Readonly<Partial<Record<HandshakeError['code'], number>>>;
  /** Connections closed at once because `maximumPendingHandshakes` was reached. */
  readonly refusedConnections: number;
  /** Operations asked of key services. */
  readonly operations: { readonly sign: number; readonly decrypt: number };
  /** How often what edges share could not be used; none where they share nothing. */
  readonly resumptionStoreFailures: ResumptionStoreFailures;
}

/** How often a resumption store has failed, by what it was to do. */
export interface ResumptionStoreFailures {
  /** Every two seconds, as long as that fails. */
  readonly shareTicketKeys: number;
  /** That of a TLS 1.2 visitor with a session id. Not counted while the store is left alone, for a second after each. */
  readonly findSession: number;
  /** Likewise. */
  readonly keepSession: number;
}

/** The counters behind {@link EdgeStatistics}. */
export class EdgeCounters {
  pendingOperations = 0;
  fullHandshakes = 0;
  delegatedHandshakes = 0;
  resumedHandshakes = 0;
  refusedConnections = 0;
  readonly operations = { sign: 0, decrypt: 0 };
  readonly failedHandshakes: Record<string, number> = {};

  countFailure(error: HandshakeError): void {
    this.failedHandshakes[error.code] = (this.failedHandshakes[error.code] ?? 0) + 1;
  }
}

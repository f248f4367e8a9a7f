import type { HistogramSnapshot } from '@latchkey/metrics';
import type { ConnectionState } from './connection.js';
import type { AttemptCounts, KeyServer } from './key-server.js';
import type { OperationKind } from './operation-kind.js';

/** What a client has done and holds: plain data. Counts are since it was created. */
export interface KeyServerClientStatistics {
  readonly operations: OperationCounts & {
    /** Waiting for a connection now. */
    readonly waiting: number;
  };
  /** After how many milliseconds an operation is sent to a second key server, by the kind of its key; none before the first. */
  readonly hedgeDelays: Readonly<Partial<Record<OperationKind, number>>>;
  /** Those that names stand for once the names have been resolved. */
  readonly keyServers: readonly KeyServerStatistics[];
}

export interface OperationCounts {
  /** Sent to a key server, hedges and repetitions included, pings of the client's own not. */
  readonly sent: number;
  /** Answered with success. */
  readonly answered: number;
  /** Failed for whatever reason: answered with an error, expired, cancelled, unreachable. */
  readonly failed: number;
  /** Sent again because a connection broke or fell silent, or because a key server answered with a fault of its own. */
  readonly failedOver: number;
  /** Sent to a second key server because the first took long. */
  readonly hedged: number;
  /** Of those hedged, answered by the second key server first. */
  readonly hedgesWon: number;
}

export interface KeyServerStatistics extends Readonly<AttemptCounts> {
  /** `address:port`, with the name in parentheses by which it was found, or the path of its socket. */
  readonly server: string;
  /** How it is listed in the options: the same where no name was resolved. */
  readonly listing: string;
  /** Whether operations go there: it has answered, and is not ejected. */
  readonly available: boolean;
  /** How often it was ejected. */
  readonly ejections: number;
  /** Requests that it has not answered, those that nobody waits for any more included. */
  readonly inFlight: number;
  /** How long it takes for an operation, as judged by its latest answers, in milliseconds; undefined before the first. */
  readonly expectedLatency: number | undefined;
  /** From sending an operation to its answer, in seconds. */
  readonly latency: HistogramSnapshot;
  readonly connections: readonly ConnectionStatistics[];
}

export interface ConnectionStatistics {
  readonly state: ConnectionState['type'];
  /** Requests that the key server has not answered, those that nobody waits for any more included. */
  readonly inFlight: number;
}

export function keyServerStatistics(listing: string, keyServer: KeyServer): KeyServerStatistics {
  const { name, connections, counts, health, inFlight, isReachable, latency, latencies } = keyServer;
  return {
    server: name,
    listing,
    available: isReachable && !health.isEjected,
    ejections: health.ejections,
    inFlight,
    expectedLatency: latency.at(performance.now()),
    latency: latencies.snapshot(),
    ...counts,
    connections: connections.map(({ state }) => ({
      state: state.type,
      inFlight: state.type === 'ready' ? state.channel.inFlight : 0,
    })),
  };
}

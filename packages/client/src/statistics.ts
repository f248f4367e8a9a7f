import type { ConnectionState } from './connection.js';
import type { KeyServer } from './key-server.js';

/** What a client has done and holds. Counts are since it was created. */
export interface KeyServerClientStatistics {
  readonly operations: OperationCounts & {
    /** Waiting for a connection now. */
    readonly waiting: number;
  };
  readonly keyServers: readonly KeyServerStatistics[];
}

export interface OperationCounts {
  /** Sent to a key server, repetitions after a broken connection included, pings of the client's own not. */
  readonly sent: number;
  /** Answered with success. */
  readonly answered: number;
  /** Failed for whatever reason: answered with an error, expired, cancelled, unreachable. */
  readonly failed: number;
  /** Taken from a broken connection to be sent again. */
  readonly failedOver: number;
}

export interface KeyServerStatistics {
  /** `host:port`, or the path of its socket. */
  readonly server: string;
  readonly connections: readonly ConnectionStatistics[];
}

export interface ConnectionStatistics {
  readonly state: ConnectionState['type'];
  /** Requests that the key server has not answered, those that were given up included. */
  readonly inFlight: number;
}

export function keyServerStatistics({ name, connections }: KeyServer): KeyServerStatistics {
  return {
    server: name,
    connections: connections.map(({ state }) => ({
      state: state.type,
      inFlight: state.type === 'ready' ? state.channel.inFlight : 0,
    })),
  };
}

import type { ClientConfiguration, KeyServerConfiguration } from './configuration.js';
import { Connection, type ConnectionUser, type SessionMemory } from './connection.js';
import type { ConnectionFailure } from './failure.js';

/** A key server and the connections to it. */
export class KeyServer {
  readonly name: string;
  readonly connections: readonly Connection[];

  constructor(server: KeyServerConfiguration, configuration: ClientConfiguration, user: ConnectionUser) {
    this.name = server.name;
    const sessions: SessionMemory = { session: undefined };
    this.connections = Array.from(
      { length: configuration.connectionsPerServer },
      () => new Connection(server, configuration, sessions, user),
    );
  }

  /**
   * Makes the connections that are missing. As long as the server has not answered on any of them there is one attempt
   * at a time: a server that is down or refuses us is not asked N times as often for it.
   */
  connect(): void {
    if (this.connections.some(({ state }) => state.type === 'ready' && state.channel.answered)) {
      for (const connection of this.connections) connection.connect();
    } else if (this.connections.every(({ state }) => state.type === 'idle' || state.type === 'closed')) {
      this.connections[0]?.connect();
    }
  }

  /** Why the server cannot be reached, or undefined as long as a connection is there or being made. */
  get outage(): ConnectionFailure | undefined {
    let failure: ConnectionFailure | undefined;
    for (const { state } of this.connections) {
      if (state.type === 'ready' || state.type === 'connecting') return undefined;
      if (state.type === 'backoff') failure ??= state.failure;
    }
    return failure;
  }
}

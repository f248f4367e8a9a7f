import type { Tiers } from './choice.js';
import type { ClientConfiguration, KeyServerConfiguration } from './configuration.js';
import type { ConnectionUser } from './connection.js';
import type { ConnectionFailure } from './failure.js';
import { KeyServer } from './key-server.js';

/** The key servers that one address of the configuration stands for. */
export class KeyServerGroup {
  readonly name: string;
  readonly tiers: Tiers;

  constructor(server: KeyServerConfiguration, configuration: ClientConfiguration, user: ConnectionUser) {
    this.name = server.name;
    this.tiers = [[new KeyServer(server, configuration, user)]];
  }

  get keyServers(): readonly KeyServer[] {
    return this.tiers.flat();
  }

  /** Makes the connections that are missing: to the first tier, and to a further one when all before it are out. */
  connect(): void {
    for (const tier of this.tiers) {
      for (const keyServer of tier) keyServer.connect();
      if (tier.some(({ outage, health }) => outage === undefined && !health.isEjected)) return;
    }
  }

  /** Why no key server can be reached, or undefined as long as one may be. */
  get outage(): ConnectionFailure | undefined {
    let first: ConnectionFailure | undefined;
    for (const { outage } of this.keyServers) {
      if (outage === undefined) return undefined;
      first ??= outage;
    }
    return first;
  }

  /** Closes every key server, as {@link KeyServer.close} does. */
  async close(failure: () => Error, drainTimeout: number): Promise<void> {
    await Promise.all(this.keyServers.map((keyServer) => keyServer.close(failure, drainTimeout)));
  }
}

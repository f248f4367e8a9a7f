import type { ServerBounds } from '../configuration/configuration.js';
import { TokenBucket } from '../policy/token-bucket.js';

/** Why a connection is closed as it comes. */
export type GateRefusal = 'TOO_MANY_CONNECTIONS' | 'TOO_MANY_NEW_CONNECTIONS';

/** Decides, before anything is spent on a connection, whether there is room for it. Shared by all listeners. */
export class ConnectionGate {
  readonly #maximumConnections: number;
  readonly #newConnections: TokenBucket;
  #open = 0;

  constructor({ maximumConnections, maximumNewConnectionsPerSecond: rate }: ServerBounds) {
    this.#maximumConnections = maximumConnections;
    this.#newConnections = new TokenBucket({ rate, burst: BURST_SECONDS * rate });
  }

  /**
   * @param now in milliseconds on the clock of `performance.now()`
   * @returns undefined when the connection may come in; {@link leave} must then be called when it is gone
   */
  enter(now: number): GateRefusal | undefined {
    if (this.#open >= this.#maximumConnections) return 'TOO_MANY_CONNECTIONS';
    if (!this.#newConnections.take(now)) return 'TOO_MANY_NEW_CONNECTIONS';
    this.#open += 1;
    return undefined;
  }

  /** How long until another connection may come in, in milliseconds, as far as it is a matter of their rate. */
  get timeToRoom(): number {
    return this.#newConnections.timeToToken;
  }

  leave(): void {
    this.#open -= 1;
  }
}

/** Edges that were away for a moment come back together: so many seconds' worth of new connections may come at once. */
const BURST_SECONDS = 2;

import { DoublingHistogram } from '@latchkey/metrics';
import type { Channel } from './channel.js';
import type { ClientConfiguration, KeyServerConfiguration } from './configuration.js';
import { Connection, type ConnectionUser, type SessionMemory } from './connection.js';
import type { ConnectionFailure } from './failure.js';
import { Health } from './health.js';
import { LatencyEstimate } from './latency-estimate.js';
import { afterReading } from './liveness.js';
import { Rests } from './rests.js';

/** Counts of what was sent to one key server. */
export interface AttemptCounts {
  sent: number;
  /** Of those sent, hedges. */
  hedges: number;
  answered: number;
  /** Answered with an error. */
  refused: number;
  /** Unanswered when their connection ended. */
  interrupted: number;
  /** How often an attempt was found without an answer after the hedge delay. */
  overdue: number;
}

/** A key server, the connections to it, and what is known of it. */
export class KeyServer implements ConnectionUser {
  readonly name: string;
  /** Its part of the load beside the others of its tier, more than 0. */
  weight: number;
  readonly connections: readonly Connection[];
  readonly health: Health;
  readonly rests = new Rests();
  /** From sending to the answer. */
  readonly latency = new LatencyEstimate();
  /** The same since the start, in seconds. */
  readonly latencies = new DoublingHistogram(LATENCY_BUCKETS);
  readonly counts: AttemptCounts = {
    sent: 0,
    hedges: 0,
    answered: 0,
    refused: 0,
    interrupted: 0,
    overdue: 0,
  };
  readonly #user: ConnectionUser;
  #silenceTimer: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;

  constructor(server: KeyServerConfiguration, configuration: ClientConfiguration, user: ConnectionUser) {
    this.name = server.name;
    this.weight = server.weight;
    this.#user = user;
    const sessions: SessionMemory = { session: undefined };
    this.connections = Array.from(
      { length: configuration.connectionsPerServer },
      () => new Connection(server, configuration, sessions, this),
    );
    const { onEvent, backoff } = configuration;
    this.health = new Health({
      backoff,
      probe: () => this.#ping(),
      onEjected: (reason) => onEvent({ type: 'ejected', server: this.name, reason }),
      onRestored: (after) => onEvent({ type: 'restored', server: this.name, after }),
    });
  }

  /**
   * Makes the connections that are missing. As long as the server has not answered on any of them there is one attempt
   * at a time: a server that is down or refuses us is not asked N times as often for it.
   */
  connect(): void {
    if (this.isReachable) {
      for (const connection of this.connections) connection.connect();
    } else if (this.connections.every(({ state }) => state.type === 'idle' || state.type === 'closed')) {
      this.connections[0]?.connect();
    }
  }

  /** Whether there is a connection over which it has answered. */
  get isReachable(): boolean {
    return this.connections.some(({ state }) => state.type === 'ready' && state.channel.answered);
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

  /** Requests that it has not answered, on all connections. */
  get inFlight(): number {
    let inFlight = 0;
    for (const { state } of this.connections) if (state.type === 'ready') inFlight += state.channel.inFlight;
    return inFlight;
  }

  /**
   * The connection with the fewest requests in flight of those with capacity.
   *
   * @param longestSilence of a connection, in milliseconds; Infinity for any
   * @param now on the clock of `performance.now()`
   */
  channelFor(longestSilence: number, now: number): Channel | undefined {
    let best: Channel | undefined;
    for (const { state } of this.connections) {
      if (state.type !== 'ready') continue;
      const { channel } = state;
      if (!channel.hasCapacity || channel.silence(now) > longestSilence) continue;
      if (best === undefined || channel.inFlight < best.inFlight) best = channel;
    }
    return best;
  }

  /**
   * An operation is overdue: asks for a sign of life on every connection, and ejects the server when it has been silent on
   * all of them for longer than can be explained.
   *
   * @param longestSilence what can be explained, in milliseconds
   */
  suspect(longestSilence: number): void {
    if (this.#isSilent(longestSilence)) {
      this.health.onSilence();
      return;
    }
    this.#ping();
    if (this.#silenceTimer !== undefined) return;
    const look = (): void => {
      this.#silenceTimer = undefined;
      if (this.#isSilent(longestSilence)) this.health.onSilence();
    };
    this.#silenceTimer = setTimeout(() => afterReading(look), longestSilence + 1).unref();
  }

  onProgress(): void {
    if (this.isReachable) this.health.onSignOfLife();
    this.#user.onProgress();
    this.#checkIdle();
  }

  onFailure(failure: ConnectionFailure): void {
    if (this.outage !== undefined) this.health.onOutage();
    this.#user.onFailure(failure);
    this.#checkIdle();
  }

  /**
   * Ends all connections, at once or when nothing is in flight any more.
   *
   * @param failure makes the error for an attempt that is interrupted
   * @param drainTimeout how long to wait for what is in flight, in milliseconds
   */
  async close(failure: () => Error, drainTimeout: number): Promise<void> {
    this.health.stop();
    clearTimeout(this.#silenceTimer);
    if (drainTimeout > 0 && this.inFlight > 0) await this.#drained(drainTimeout);
    await Promise.all(this.connections.map((connection) => connection.close(failure)));
  }

  #isSilent(longestSilence: number): boolean {
    const now = performance.now();
    const channels = this.connections.flatMap(({ state }) => (state.type === 'ready' ? [state.channel] : []));
    return channels.length > 0 && channels.every((channel) => channel.silence(now) > longestSilence);
  }

  #ping(): void {
    for (const { state } of this.connections) if (state.type === 'ready') state.channel.ping();
  }

  async #drained(timeout: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const guard = setTimeout(resolve, timeout);
      this.#onIdle = () => {
        clearTimeout(guard);
        resolve();
      };
    });
  }

  #checkIdle(): void {
    if (this.#onIdle !== undefined && this.inFlight === 0) this.#onIdle();
  }
}

/** In seconds: 100 us to 13 s. */
const LATENCY_BUCKETS = { firstBound: 100e-6, count: 18 };

import { backoffDelay } from './backoff.js';
import type { Tiers } from './choice.js';
import type { ClientConfiguration, KeyServerConfiguration, KeyServerListing } from './configuration.js';
import type { ConnectionUser } from './connection.js';
import { discover } from './discovery.js';
import { notListedError } from './errors.js';
import { resolutionFailure, type ConnectionFailure } from './failure.js';
import { KeyServer } from './key-server.js';

/**
 * The key servers that one listing of the configuration stands for. Where that is a name, it is resolved with the first
 * operation, then again and again in the background, and when a connection fails. What was found stays in use while
 * resolving fails.
 */
export class KeyServerGroup implements ConnectionUser {
  readonly listing: KeyServerListing;
  readonly #configuration: ClientConfiguration;
  readonly #user: ConnectionUser;
  #tiers: Tiers = [];
  /** By {@link identityOf}. */
  #known = new Map<string, KeyServer>();
  /** Those that the name no longer stands for, while they answer what they still owe. */
  readonly #leaving = new Set<KeyServer>();
  #resolution: 'none' | 'under way' | 'done' = 'none';
  #resolvedAt = 0;
  #failures = 0;
  #failure: ConnectionFailure | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(listing: KeyServerListing, configuration: ClientConfiguration, user: ConnectionUser) {
    this.listing = listing;
    this.#configuration = configuration;
    this.#user = user;
    const { location, name, serverName } = listing;
    if (location.type === 'fixed')
      this.#use([[{ name, endpoint: location.endpoint, serverName, weight: 1 }]]);
  }

  get tiers(): Tiers {
    return this.#tiers;
  }

  get keyServers(): readonly KeyServer[] {
    return this.#tiers.flat();
  }

  /** Makes the connections that are missing: to the first tier, and to a further one when all before it are out. */
  connect(): void {
    if (this.#resolution === 'none') this.#resolve();
    for (const tier of this.#tiers) {
      for (const keyServer of tier) keyServer.connect();
      if (tier.some(({ outage, health }) => outage === undefined && !health.isEjected)) return;
    }
  }

  /** Why no key server can be reached, or undefined as long as one may be. */
  get outage(): ConnectionFailure | undefined {
    let first = this.#failure;
    for (const { outage } of this.keyServers) {
      if (outage === undefined) return undefined;
      first ??= outage;
    }
    return first;
  }

  onProgress(): void {
    this.#user.onProgress();
  }

  onFailure(failure: ConnectionFailure): void {
    // The name may stand for something else by now.
    if (performance.now() - this.#resolvedAt > RESOLUTION_PAUSE) this.#resolve();
    this.#user.onFailure(failure);
  }

  /** Closes every key server, as {@link KeyServer.close} does. */
  async close(failure: () => Error, drainTimeout: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const all = [...this.keyServers, ...this.#leaving];
    await Promise.all(all.map((keyServer) => keyServer.close(failure, drainTimeout)));
  }

  #resolve(): void {
    if (this.listing.location.type === 'fixed' || this.#resolution === 'under way') return;
    this.#resolution = 'under way';
    clearTimeout(this.#timer);
    discover(this.listing, this.#configuration.resolver)
      .then(
        (tiers) => this.#onResolved(tiers),
        (error: unknown) => this.#onUnresolved(error),
      )
      .finally(() => {
        this.#resolution = 'done';
        this.#resolvedAt = performance.now();
      });
  }

  #onResolved(tiers: readonly (readonly KeyServerConfiguration[])[]): void {
    if (this.#closed) return;
    if (tiers.every((tier) => tier.length === 0)) {
      this.#onUnresolved(undefined);
      return;
    }
    this.#failures = 0;
    this.#failure = undefined;
    this.#resolveAgainIn(this.#configuration.resolveInterval);
    this.#use(tiers);
    this.#user.onProgress();
  }

  #onUnresolved(error: unknown): void {
    if (this.#closed) return;
    this.#failures += 1;
    const { backoff, onEvent, resolveInterval } = this.#configuration;
    const isKnown = this.#known.size > 0;
    const retryIn = isKnown ? resolveInterval : backoffDelay(backoff, this.#failures);
    this.#resolveAgainIn(retryIn);
    const failure = resolutionFailure(this.listing.name, error);
    onEvent({ type: 'resolve_failed', server: this.listing.name, failure, retryIn });
    if (isKnown) return;
    this.#failure = failure;
    this.#user.onFailure(failure);
  }

  #resolveAgainIn(delay: number): void {
    this.#timer = setTimeout(() => this.#resolve(), delay).unref();
  }

  #use(tiers: readonly (readonly KeyServerConfiguration[])[]): void {
    const before = this.#known;
    this.#known = new Map();
    this.#tiers = tiers.map((tier) =>
      tier.map((server) => {
        const identity = identityOf(server);
        const keyServer = before.get(identity) ?? new KeyServer(server, this.#configuration, this);
        keyServer.weight = server.weight;
        this.#known.set(identity, keyServer);
        return keyServer;
      }),
    );
    for (const [identity, keyServer] of before) if (!this.#known.has(identity)) this.#dismiss(keyServer);
  }

  #dismiss(keyServer: KeyServer): void {
    this.#leaving.add(keyServer);
    const { operationTimeout } = this.#configuration;
    void keyServer
      .close(() => notListedError(keyServer.name), operationTimeout)
      .finally(() => this.#leaving.delete(keyServer));
  }
}

/** What makes two key servers the same, whatever their weight. */
function identityOf({ endpoint, serverName }: KeyServerConfiguration): string {
  return JSON.stringify([endpoint, serverName]);
}

/** In milliseconds: connections that fail one after the other do not become as many questions to the resolver. */
const RESOLUTION_PAUSE = 1000;

import { randomBytes } from 'node:crypto';
import { ResumptionStoreError } from '../errors.js';
import type { ResumptionStore } from './resumption-store.js';
import { within } from './within.js';

/** How a {@link TicketKeyRotation} works. */
export interface TicketKeyRotationOptions {
  /** For how long each key protects new tickets, in milliseconds; they are accepted for as long again. */
  readonly interval: number;
  /** Where the keys are shared with other edges. Default: they are not. */
  readonly store?: ResumptionStore | undefined;
  /** Called with the keys as soon as they are others than before: the first protects new tickets. */
  readonly onKeys: (keys: readonly Uint8Array[]) => void;
  /** Called when the store has failed, and with undefined when it works again. */
  readonly onStoreState: (failure: Error | undefined) => void;
  /** The time in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * The ticket keys of one server. Time is cut into periods of `interval`, counted from 1970, and each has its key. Held are
 * those of the current period, of the next, since another edge's clock may be ahead, and of the previous, whose tickets
 * are accepted and renewed.
 *
 * A shared key is whichever edge's came first into the store. An edge that cannot reach the store goes on with what it
 * holds, then with keys of its own; once it reaches it again, it shares the store's and still accepts tickets under its
 * own. So no handshake ever waits for the store.
 */
export class TicketKeyRotation {
  readonly #options: TicketKeyRotationOptions;
  readonly #now: () => number;
  /** By the number of their period. The first of each protects tickets; others are what we had before we knew better. */
  readonly #periods = new Map<number, Uint8Array[]>();
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;
  #storeFailed = false;
  #storeFailures = 0;

  constructor(options: TicketKeyRotationOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#advance();
  }

  /** The first protects new tickets, all are accepted. Not to be changed or wiped. */
  get keys(): readonly Uint8Array[] {
    const current = this.#currentPeriod();
    return [current, current + 1, current - 1].flatMap((period) => this.#periods.get(period) ?? []);
  }

  /** Whether the store could not be used when it was tried last. */
  get storeFailed(): boolean {
    return this.#storeFailed;
  }

  /** How often it could not. */
  get storeFailures(): number {
    return this.#storeFailures;
  }

  /** Rotates from now on. Does not keep the process alive. */
  start(): void {
    this.stop();
    this.#timer = setInterval(() => this.tick(), Math.min(this.#options.interval / 10, MAXIMUM_TICK)).unref();
    this.tick();
  }

  /** The keys stay as they are. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Does what is due. */
  tick(): void {
    if (this.#advance()) this.#options.onKeys(this.keys);
    void this.refresh();
  }

  /** Shares keys with the store; resolves when that is done or has failed. */
  refresh(): Promise<void> {
    const { store } = this.#options;
    if (store === undefined) return Promise.resolve();
    this.#refreshing ??= this.#share(store).finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** @returns whether there are other keys now */
  #advance(): boolean {
    const current = this.#currentPeriod();
    let changed = false;
    for (const period of [current, current + 1]) {
      if (this.#periods.has(period)) continue;
      this.#periods.set(period, [randomBytes(KEY_LENGTH)]);
      changed = true;
    }
    for (const [period, keys] of this.#periods) {
      if (Math.abs(period - current) <= 1) continue;
      for (const key of keys) key.fill(0);
      this.#periods.delete(period);
      changed = true;
    }
    return changed;
  }

  async #share(store: ResumptionStore): Promise<void> {
    const current = this.#currentPeriod();
    try {
      const [now, next, previous] = await within(
        STORE_TIMEOUT,
        Promise.all([
          this.#offer(store, current),
          this.#offer(store, current + 1),
          store.get(this.#name(current - 1)),
        ]),
      );
      const changes = [
        this.#adopt(current, now),
        this.#adopt(current + 1, next),
        previous !== undefined && this.#adopt(current - 1, previous),
      ];
      if (changes.includes(true)) this.#options.onKeys(this.keys);
      this.#setStoreState(undefined);
    } catch (error) {
      this.#storeFailures += 1;
      this.#setStoreState(error as Error);
    }
  }

  #offer(store: ResumptionStore, period: number): Promise<Uint8Array> {
    const lifetime = ((period + 2) * this.#options.interval - this.#now()) / 1000;
    const [ours = randomBytes(KEY_LENGTH)] = this.#periods.get(period) ?? [];
    return store.add(this.#name(period), ours, Math.ceil(lifetime));
  }

  /** Takes the store's key for a period. */
  #adopt(period: number, key: Uint8Array): boolean {
    if (key.length !== KEY_LENGTH) throw new ResumptionStoreError('a ticket key has another length');
    const held = this.#periods.get(period) ?? [];
    if (held[0] !== undefined && Buffer.compare(held[0], key) === 0) return false;
    const others = held.filter((other) => Buffer.compare(other, key) !== 0);
    this.#periods.set(period, [Uint8Array.from(key), ...others].slice(0, MAXIMUM_KEYS_PER_PERIOD));
    return true;
  }

  #setStoreState(failure: Error | undefined): void {
    const failed = failure !== undefined;
    if (failed === this.#storeFailed) return;
    this.#storeFailed = failed;
    this.#options.onStoreState(failure);
  }

  #currentPeriod(): number {
    return Math.floor(this.#now() / this.#options.interval);
  }

  #name(period: number): string {
    return `ticket-key:${this.#options.interval}:${period}`;
  }
}

/** As TlsContext takes them, in bytes. */
const KEY_LENGTH = 80;
/** How seldom the store is asked at most, which is how soon sharing comes back, in milliseconds. */
const MAXIMUM_TICK = 2000;
/** In milliseconds. */
const STORE_TIMEOUT = 2000;
/** A store that forgets all the time must not make us hold ever more keys. */
const MAXIMUM_KEYS_PER_PERIOD = 4;

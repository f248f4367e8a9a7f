import { TlsContextError } from '@latchkey/native';
import { EdgeOptionsError } from '../errors.js';
import type { EdgeEvent } from '../events.js';
import type { EdgeOptions } from '../options.js';
import { parseInteger } from '../parse-integer.js';
import { DEFAULT_SESSION_TIMEOUT } from '../sites/site.js';
import type { ResumptionStoreFailures } from '../statistics.js';
import { TicketKeyring } from '../sites/ticket-keyring.js';
import { SharedSessions } from './shared-sessions.js';
import { TicketKeyRotation } from './ticket-key-rotation.js';

/** How the visitors of one server resume their sessions. */
export class Resumption {
  readonly keyring: TicketKeyring;
  /** Undefined where sessions are not shared. */
  readonly sharedSessions: SharedSessions | undefined;
  readonly #rotation: TicketKeyRotation | undefined;

  /** @throws EdgeOptionsError */
  constructor(
    { ticketKeys, sessionTimeout, resumption = {} }: EdgeOptions,
    onEvent: (event: EdgeEvent) => void,
  ) {
    const { store, ticketKeyLifetime } = resumption;
    const lifetime =
      ticketKeyLifetime === undefined
        ? parseInteger('sessionTimeout', sessionTimeout ?? DEFAULT_SESSION_TIMEOUT, LONGEST_LIFETIME)
        : parseInteger('resumption.ticketKeyLifetime', ticketKeyLifetime, LONGEST_LIFETIME);
    this.sharedSessions =
      store &&
      new SharedSessions(store, (failure) => {
        // Of a store that cannot be used at all, its ticket keys tell.
        if (this.#rotation?.storeFailed !== true) onEvent({ type: 'session_not_shared', failure });
      });
    if (ticketKeys !== undefined) {
      this.keyring = new TicketKeyring(ticketKeys);
      return;
    }
    this.#rotation = new TicketKeyRotation({
      interval: 1000 * lifetime,
      store,
      onKeys: (keys) => {
        this.keyring.update(keys);
        onEvent({ type: 'ticket_keys_changed' });
      },
      onStoreState: (failure) =>
        onEvent(
          failure === undefined
            ? { type: 'resumption_store_recovered' }
            : { type: 'resumption_store_failed', failure },
        ),
    });
    this.keyring = new TicketKeyring(this.#rotation.keys);
  }

  /** How often the store has failed, by what it was to do. */
  get storeFailures(): ResumptionStoreFailures {
    const { get = 0, set = 0 } = this.sharedSessions?.failures ?? {};
    return { shareTicketKeys: this.#rotation?.storeFailures ?? 0, findSession: get, keepSession: set };
  }

  /** Resolves once the store's ticket keys are in use, or cannot be had at present. */
  get ready(): Promise<void> {
    return this.#rotation?.refresh() ?? Promise.resolve();
  }

  /**
   * Replaces ticket keys that were given: the first protects new tickets, all are accepted.
   *
   * @throws EdgeOptionsError for what are no ticket keys, and where keys rotate by themselves
   */
  updateTicketKeys(keys: readonly Uint8Array[]): void {
    if (this.#rotation !== undefined)
      throw new EdgeOptionsError('ticketKeys', 'rotate by themselves; give the first ones to the server');
    try {
      this.keyring.update(keys);
    } catch (error) {
      if (!(error instanceof TlsContextError)) throw error;
      throw new EdgeOptionsError('ticketKeys', error.message, { cause: error });
    }
  }

  /** Ticket keys rotate from now on. */
  start(): void {
    this.#rotation?.start();
  }

  stop(): void {
    this.#rotation?.stop();
  }
}

/** Seven days (RFC 8446, section 4.6.1), in seconds. */
const LONGEST_LIFETIME = 604_800;

import type { TlsSession } from '@latchkey/native';
import type { ClientHello } from '../options.js';
import type { ResumptionStore } from './resumption-store.js';
import { within } from './within.js';

/** Sessions of TLS 1.2 that are resumed by their id (RFC 5246, section 7.4.1.2), shared with other edges through a store. */
export class SharedSessions {
  /** How often the store has failed to give a session, or to take one. */
  readonly failures = { get: 0, set: 0 };
  readonly #store: ResumptionStore;
  readonly #onFailure: (failure: Error) => void;
  /** Until when the store is left alone, as performance.now() counts: one that is full can still give what it has. */
  readonly #restUntil = { get: 0, set: 0 };
  #nextReportAt = 0;
  #saving = 0;

  /** @param onFailure told of failures of the store, once a minute at most */
  constructor(store: ResumptionStore, onFailure: (failure: Error) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  /**
   * The session that a visitor wants to resume, if it may be in the store. Never rejects, and does not keep the visitor
   * waiting for a store that is away.
   *
   * @param servesTls13 whether the visitor gets TLS 1.3 if they offer it
   * @returns undefined at once where there is nothing to look for
   */
  find(hello: ClientHello, servesTls13: boolean): Promise<Uint8Array | undefined> | undefined {
    const { sessionId, sessionTicket, supportedVersions } = hello;
    if (sessionId.length === 0 || sessionTicket) return undefined;
    // There the id is an empty gesture to middleboxes (RFC 8446, section D.4).
    if (servesTls13 && supportedVersions.includes(TLS_13)) return undefined;
    if (performance.now() < this.#restUntil.get) return undefined;
    return within(LOOK_UP_TIMEOUT, this.#store.get(nameOf(sessionId))).catch((failure: unknown) => {
      this.#rest('get', failure as Error);
      return undefined;
    });
  }

  /**
   * Keeps a session, if the store can take it, and wipes it.
   *
   * @param lifetime in seconds
   */
  save({ id, content }: TlsSession, lifetime: number): void {
    if (this.#saving >= MAXIMUM_SAVING || performance.now() < this.#restUntil.set) {
      content.fill(0);
      return;
    }
    this.#saving += 1;
    this.#store
      .set(nameOf(id), content, lifetime)
      .catch((failure: unknown) => this.#rest('set', failure as Error))
      .finally(() => {
        this.#saving -= 1;
        content.fill(0);
      });
  }

  #rest(method: 'get' | 'set', failure: Error): void {
    const now = performance.now();
    this.failures[method] += 1;
    this.#restUntil[method] = now + REST;
    if (now < this.#nextReportAt) return;
    this.#nextReportAt = now + REPORT_INTERVAL;
    this.#onFailure(failure);
  }
}

const TLS_13 = 0x0304;
/** How long a handshake may wait for the store, in milliseconds. */
const LOOK_UP_TIMEOUT = 100;
/** How long the store is left alone when it has failed, in milliseconds. */
const REST = 1000;
/** In milliseconds. */
const REPORT_INTERVAL = 60_000;
const MAXIMUM_SAVING = 256;

function nameOf(id: Uint8Array): string {
  return `session:${Buffer.from(id).toString('hex')}`;
}

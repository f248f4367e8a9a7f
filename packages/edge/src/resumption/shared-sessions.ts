import type { TlsSession } from '@latchkey/native';
import type { ClientHello } from '../options.js';
import type { ResumptionStore } from './resumption-store.js';
import { within } from './within.js';

/** Sessions of TLS 1.2 that are resumed by their id (RFC 5246, section 7.4.1.2), shared with other edges through a store. */
export class SharedSessions {
  readonly #store: ResumptionStore;
  /** Until when the store is left alone, as performance.now() counts. */
  #restUntil = 0;
  #saving = 0;

  constructor(store: ResumptionStore) {
    this.#store = store;
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
    if (performance.now() < this.#restUntil) return undefined;
    return within(LOOK_UP_TIMEOUT, this.#store.get(nameOf(sessionId))).catch(() => {
      this.#restUntil = performance.now() + REST;
      return undefined;
    });
  }

  /**
   * Keeps a session, if the store can take it, and wipes it.
   *
   * @param lifetime in seconds
   */
  save({ id, content }: TlsSession, lifetime: number): void {
    if (this.#saving >= MAXIMUM_SAVING || performance.now() < this.#restUntil) {
      content.fill(0);
      return;
    }
    this.#saving += 1;
    this.#store
      .set(nameOf(id), content, lifetime)
      .catch(() => (this.#restUntil = performance.now() + REST))
      .finally(() => {
        this.#saving -= 1;
        content.fill(0);
      });
  }
}

const TLS_13 = 0x0304;
/** How long a handshake may wait for the store, in milliseconds. */
const LOOK_UP_TIMEOUT = 100;
/** How long the store is left alone when it has failed, in milliseconds. */
const REST = 1000;
const MAXIMUM_SAVING = 256;

function nameOf(id: Uint8Array): string {
  return `session:${Buffer.from(id).toString('hex')}`;
}

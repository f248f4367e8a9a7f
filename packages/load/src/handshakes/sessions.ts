/**
 * Sessions for later visitors. The oldest is taken first, so each is used about once, as RFC 8446, appendix C.4 asks; the
 * last one stays, since a TLS 1.2 server that goes on with a session need not give another.
 */
export class Sessions {
  readonly #waiting: Buffer[] = [];

  add(session: Buffer): void {
    if (this.#waiting.length < MOST) this.#waiting.push(session);
  }

  /** @returns undefined when there is none */
  take(): Buffer | undefined {
    return this.#waiting.length > 1 ? this.#waiting.shift() : this.#waiting[0];
  }
}

const MOST = 1000;

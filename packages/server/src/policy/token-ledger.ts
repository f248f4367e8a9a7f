/** Tokens of a rate limit that a client has used in one process of a key server. Plain data. */
export interface TokenUse {
  /** The client's: see `ClientIdentity`. */
  readonly fingerprint: string;
  /** Which of the limits that match the client, counted from 0. */
  readonly limit: number;
  readonly count: number;
}

/** Collects which tokens clients use here, for the other processes of the key server. */
export class TokenLedger {
  readonly #publish: (uses: readonly TokenUse[]) => void;
  /** By client and limit. */
  readonly #counts = new Map<string, Map<number, number>>();
  #timer: NodeJS.Timeout | undefined;

  /** @param publish is given what was used, 10 ms after the first use that it does not know of */
  constructor(publish: (uses: readonly TokenUse[]) => void) {
    this.#publish = publish;
  }

  /** Counts a token that was used. */
  record(fingerprint: string, limit: number): void {
    let counts = this.#counts.get(fingerprint);
    if (counts === undefined) this.#counts.set(fingerprint, (counts = new Map()));
    counts.set(limit, (counts.get(limit) ?? 0) + 1);
    this.#timer ??= setTimeout(() => this.flush(), PUBLICATION_DELAY).unref();
  }

  /** Publishes at once what has not been published. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const uses = [...this.#counts].flatMap(([fingerprint, counts]) =>
      Array.from(counts, ([limit, count]) => ({ fingerprint, limit, count })),
    );
    this.#counts.clear();
    if (uses.length > 0) this.#publish(uses);
  }
}

/** In milliseconds: for so long processes may each let a client use the same tokens. */
const PUBLICATION_DELAY = 10;

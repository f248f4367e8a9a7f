/** Those whose turn it can be to send or to read. */
export type Party = 'origin' | 'visitor';

/** Whom a {@link SilenceWatch} asks and tells. */
export interface SilenceListener {
  /** Whose turn it is now. */
  readonly turn: Party;
  /** Nothing has moved for as long as the party whose turn it is may take. Told once. */
  onSilence(party: Party): void;
}

/** Finds out when nothing moves any more. One timer, which progress does not touch. */
export class SilenceWatch {
  /** In milliseconds. */
  readonly #limits: Readonly<Record<Party, number>>;
  readonly #listener: SilenceListener;
  #since = performance.now();
  #timer: NodeJS.Timeout;

  constructor(limits: Readonly<Record<Party, number>>, listener: SilenceListener) {
    this.#limits = limits;
    this.#listener = listener;
    this.#timer = this.#arm(Number.POSITIVE_INFINITY);
  }

  /** Something has moved. */
  onProgress(): void {
    this.#since = performance.now();
  }

  /** Idempotent. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(remaining: number): NodeJS.Timeout {
    // The turn may change to the one who has less time.
    const { origin, visitor } = this.#limits;
    return setTimeout(() => this.#look(), Math.min(remaining, origin, visitor));
  }

  #look(): void {
    const party = this.#listener.turn;
    const remaining = this.#since + this.#limits[party] - performance.now();
    // A timer may be up to a millisecond early.
    if (remaining < 1) this.#listener.onSilence(party);
    else this.#timer = this.#arm(remaining);
  }
}

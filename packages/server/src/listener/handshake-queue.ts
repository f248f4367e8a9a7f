/**
 * Begins handshakes in the order in which they are asked for, one in each turn of the event loop: each costs as much as a
 * hundred signatures, and a crowd that comes at once would keep all other edges waiting.
 */
export class HandshakeQueue {
  readonly #waiting: (() => void)[] = [];
  readonly #onTurn = (): void => this.#beginNext();
  #turnIsDue = false;

  /** @param begin does a handshake's first step. Must not throw */
  add(begin: () => void): void {
    this.#waiting.push(begin);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#turnIsDue) return;
    this.#turnIsDue = true;
    setImmediate(this.#onTurn);
  }

  #beginNext(): void {
    this.#turnIsDue = false;
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) this.#schedule();
  }
}

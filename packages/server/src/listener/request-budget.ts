/**
 * How much all connections together may have under way.
 *
 * From three quarters of it on no connection is read. What was read before, in the same turn, may take the rest; what is
 * beyond is refused. So it holds however many connections send at once.
 */
export class RequestBudget {
  readonly #maximumRequests: number;
  readonly #maximumBytes: number;
  readonly #waiting = new Set<() => void>();
  #requests = 0;
  #bytes = 0;
  #wakingIsDue = false;

  /** @param maximumBytes of the requests' bodies */
  constructor(maximumRequests: number, maximumBytes: number) {
    this.#maximumRequests = maximumRequests;
    this.#maximumBytes = maximumBytes;
  }

  /** Requests under way. */
  get requests(): number {
    return this.#requests;
  }

  /** Whether connections should not be read. */
  get isTight(): boolean {
    return this.#requests * 4 >= this.#maximumRequests * 3 || this.#bytes * 4 >= this.#maximumBytes * 3;
  }

  /**
   * Begins a request.
   *
   * @returns false when there is no room for it
   */
  take(bytes: number): boolean {
    if (this.#requests >= this.#maximumRequests || this.#bytes + bytes > this.#maximumBytes) return false;
    this.#requests += 1;
    this.#bytes += bytes;
    return true;
  }

  /** Ends a request that was begun. */
  release(bytes: number): void {
    this.#requests -= 1;
    this.#bytes -= bytes;
    if (this.#waiting.size === 0 || this.#wakingIsDue || this.isTight) return;
    this.#wakingIsDue = true;
    setImmediate(() => this.#wake());
  }

  /** Calls back once, in a later turn in which there is room; the same function is called once however often it waits. */
  waitForRoom(wake: () => void): void {
    this.#waiting.add(wake);
  }

  #wake(): void {
    this.#wakingIsDue = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/** Gives out the unsigned 32-bit ids of the requests on one connection, over and over but never one still in use. */
export class RequestIds {
  #next: number;
  readonly #inUse: { has(id: number): boolean };

  /**
   * @param inUse the ids of requests that have not been answered; fewer than there are ids
   * @param first the first id to give out
   */
  constructor(inUse: { has(id: number): boolean }, first: number) {
    this.#inUse = inUse;
    this.#next = first;
  }

  take(): number {
    while (this.#inUse.has(this.#next)) this.#advance();
    const id = this.#next;
    this.#advance();
    return id;
  }

  #advance(): void {
    this.#next = (this.#next + 1) >>> 0;
  }
}

/**
 * Runs tasks soon, but only so many per turn of the event loop.
 *
 * A key service may answer hundreds of operations at once, and every answer costs a few tenths of a millisecond of
 * handshake. Run in one go they would keep all other connections waiting.
 */
export class TurnQueue {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];
  #startedThisTurn = 0;
  #scheduled = false;

  /** @param perTurn how many tasks start in one turn of the event loop; 8 are 2 to 3 ms of handshakes */
  constructor(perTurn = 8) {
    this.#perTurn = perTurn;
  }

  /** Runs the task at once if this turn has room for it, else in its order in one of the next turns. */
  run(task: () => void): void {
    this.#waiting.push(task);
    this.#scheduleNextTurn();
    if (this.#waiting.length === 1) this.#runWaiting();
  }

  #scheduleNextTurn(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#startedThisTurn = 0;
      if (this.#waiting.length > 0) this.#scheduleNextTurn();
      this.#runWaiting();
    });
  }

  #runWaiting(): void {
    while (this.#startedThisTurn < this.#perTurn) {
      const task = this.#waiting.shift();
      if (task === undefined) return;
      this.#startedThisTurn += 1;
      task();
    }
  }
}

/**
 * Runs tasks soon, but only for so long per turn of the event loop.
 *
 * A crowd of visitors may come at once, and a key service may answer hundreds of operations at once. What each of these is to
 * have done costs some tenths of a millisecond. Done in one go it would keep all other connections waiting.
 */
export class TurnQueue {
  readonly #share: number;
  readonly #now: () => number;
  readonly #underWay: (() => void)[] = [];
  readonly #new: (() => void)[] = [];
  #usedThisTurn = 0;
  #isRunning = false;
  #isScheduled = false;

  /**
   * @param share how long tasks may take in one turn of the event loop before no other is started, in milliseconds
   * @param now a clock, in milliseconds
   */
  constructor(share = 1, now = (): number => performance.now()) {
    this.#share = share;
    this.#now = now;
  }

  /**
   * For what begins, such as a visitor's first bytes.
   *
   * @param task must not throw
   * @returns whether it has run at once, since this turn had room for it; otherwise it does in its order in one of the next
   */
  begin(task: () => void): boolean {
    return this.#runOrKeep(task, this.#new);
  }

  /** The same for what goes on, before all that waits to begin: who waits the longest has also cost the most already. */
  goOn(task: () => void): boolean {
    return this.#runOrKeep(task, this.#underWay);
  }

  #runOrKeep(task: () => void, waiting: (() => void)[]): boolean {
    this.#scheduleNextTurn();
    // Some may wait although there is room: those that another has asked for.
    if (!this.#hasRoom || waiting.length > 0) {
      waiting.push(task);
      return false;
    }
    this.#run(task);
    return true;
  }

  get #hasRoom(): boolean {
    return !this.#isRunning && this.#usedThisTurn < this.#share;
  }

  #run(task: () => void): void {
    const begun = this.#now();
    this.#isRunning = true;
    task();
    this.#isRunning = false;
    this.#usedThisTurn += this.#now() - begun;
  }

  #scheduleNextTurn(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    this.#usedThisTurn = 0;
    while (this.#hasRoom) {
      const task = this.#underWay.shift() ?? this.#new.shift();
      if (task === undefined) return;
      // What follows in this turn has what is left of its share.
      this.#scheduleNextTurn();
      this.#run(task);
    }
  };
}

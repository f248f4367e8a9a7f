/** Something to be done at the end of a turn. Must not throw. */
type Task = () => void;

/**
 * What is put off to the end of a turn of the event loop, so that it is done once for all that the turn brought.
 * First operations are performed, then answers are written, those among them that this has just brought.
 */
export class Turn {
  readonly #end = (): void => this.#run();
  #performing: Task[] = [];
  #writing: Task[] = [];
  #isEnding = false;

  /** Performs operations at the end of this turn; while it is ending, at the end of the next. */
  perform(task: Task): void {
    this.#schedule();
    this.#performing.push(task);
  }

  /** Writes answers at the end of this turn, after all operations have been performed. */
  write(task: Task): void {
    this.#schedule();
    this.#writing.push(task);
  }

  #schedule(): void {
    // The event loop gets to immediates when it has read all sockets that there was something to read from.
    if (!this.#isEnding && this.#performing.length + this.#writing.length === 0) setImmediate(this.#end);
  }

  #run(): void {
    this.#isEnding = true;
    const performing = this.#performing;
    this.#performing = [];
    for (const task of performing) task();
    const writing = this.#writing;
    this.#writing = [];
    for (const task of writing) task();
    this.#isEnding = false;
    if (this.#performing.length + this.#writing.length > 0) setImmediate(this.#end);
  }
}

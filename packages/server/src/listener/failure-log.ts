import type { Logger } from 'pino';

/** Writes one line per failure of a connection, but not so many that writing them becomes the server's work. */
export class FailureLog {
  readonly #logger: Logger;
  #second = 0;
  #written = 0;
  #suppressed = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  warn(details: Readonly<Record<string, unknown>>, message: string): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#written = 0;
    }
    if (this.#written === LINES_PER_SECOND) {
      this.#suppressed += 1;
      return;
    }
    this.#written += 1;
    this.#logger.warn(
      this.#suppressed === 0 ? details : { ...details, suppressed: this.#suppressed },
      message,
    );
    this.#suppressed = 0;
  }
}

const LINES_PER_SECOND = 10;

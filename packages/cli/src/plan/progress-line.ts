import type { Writable } from 'node:stream';

/** One line that says how far it is, where somebody may be looking: on a terminal, and nowhere else. */
export class ProgressLine {
  readonly #output: Writable;
  readonly #isTerminal: boolean;

  constructor(output: Writable) {
    this.#output = output;
    this.#isTerminal = 'isTTY' in output && output.isTTY === true;
  }

  /** @param share how much of it is done, from 0 to 1; none: nobody knows */
  show(what: string, share?: number): void {
    if (!this.#isTerminal) return;
    const bar = share === undefined ? '' : ` ${barOf(share)} ${Math.floor(share * 100)} %`;
    this.#output.write(`\r\u001b[K${what}${bar}`);
  }

  clear(): void {
    if (this.#isTerminal) this.#output.write('\r\u001b[K');
  }
}

const WIDTH = 30;

function barOf(share: number): string {
  const full = Math.round(share * WIDTH);
  return `[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}]`;
}

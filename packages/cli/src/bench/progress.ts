import type { Writable } from 'node:stream';
import type { TimelinePoint } from '@latchkey/load';

/** Says how a measurement goes: one line that changes in a terminal, a line each time elsewhere. */
export class Progress {
  readonly #output: Writable;
  readonly #isTerminal: boolean;

  constructor(output: Writable) {
    this.#output = output;
    this.#isTerminal = 'isTTY' in output && output.isTTY === true;
  }

  show({ at, rate, p50, p99, failed }: TimelinePoint): void {
    const errors = failed === 0 ? '' : `, ${failed} errors`;
    this.note(
      `${at.toFixed(1)} s: ${Math.round(rate)}/s, p50 ${formatTime(p50)}, p99 ${formatTime(p99)}${errors}`,
    );
  }

  /** Shows a line in the place of the one before. */
  note(text: string): void {
    this.#output.write(this.#isTerminal ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** Leaves the line empty for what comes next. */
  end(): void {
    if (this.#isTerminal) this.#output.write('\r\u001b[K');
  }
}

/** Milliseconds with three digits that matter. */
function formatTime(milliseconds: number): string {
  return `${formatNumber(milliseconds)} ms`;
}

/** Three digits that matter. */
export function formatNumber(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

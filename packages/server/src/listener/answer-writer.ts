import {
  answerLength,
  ERROR_ANSWER_LENGTH,
  type ErrorCode,
  writeError,
  writePong,
  writeSuccess,
} from '@latchkey/codec/kssl1';

/** Gathers the answers of a turn of the event loop, so that they leave in one write. */
export class AnswerWriter {
  #buffer = NOTHING;
  #length = 0;
  /** As much as the last turn needed, this one is likely to need. */
  #expectedLength = 0;

  get length(): number {
    return this.#length;
  }

  success(id: number, payload: Uint8Array): void {
    this.#reserve(answerLength(payload.length));
    this.#length = writeSuccess(this.#buffer, this.#length, id, payload);
  }

  pong(id: number, payload: Uint8Array): void {
    this.#reserve(answerLength(payload.length));
    this.#length = writePong(this.#buffer, this.#length, id, payload);
  }

  error(id: number, code: ErrorCode): void {
    this.#reserve(ERROR_ANSWER_LENGTH);
    this.#length = writeError(this.#buffer, this.#length, id, code);
  }

  /** All answers since the last call, in memory that is the caller's from here on. */
  take(): Uint8Array {
    const answers = this.#buffer.subarray(0, this.#length);
    this.#expectedLength = this.#length;
    this.#buffer = NOTHING;
    this.#length = 0;
    return answers;
  }

  #reserve(additional: number): void {
    const needed = this.#length + additional;
    if (needed <= this.#buffer.length) return;
    // Not from Node's shared pool: answers are written whole, nothing of what the memory held before goes out.
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length, this.#expectedLength));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

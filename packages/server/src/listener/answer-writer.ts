import {
  answerLength,
  ERROR_ANSWER_LENGTH,
  type ErrorCode,
  writeError,
  writePong,
  writeSuccess,
} from '@latchkey/codec/kssl1';
import { type AnswerMemory, PIECE_LENGTH } from './answer-memory.js';

/**
 * Gathers the answers of a turn of the event loop, so that they leave in one write.
 *
 * Takes a piece of the memory that connections share while it has none out to be written. So a reader that is slow holds one
 * of them, whatever it is owed.
 */
export class AnswerWriter {
  readonly #memory: AnswerMemory;
  /** What is shared of the memory that this uses, or that is being written. */
  #piece: Buffer | undefined;
  #buffer: Buffer = NOTHING;
  #length = 0;
  /** As much as the last turn needed, this one is likely to need. */
  #expectedLength = 0;

  constructor(memory: AnswerMemory) {
    this.#memory = memory;
  }

  get length(): number {
    return this.#length;
  }

  /** @param start where in these bytes the payload begins, and `end` */
  success(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(answerLength(end - start));
    this.#length = writeSuccess(this.#buffer, this.#length, id, bytes, start, end);
  }

  pong(id: number, payload: Uint8Array): void {
    this.#reserve(answerLength(payload.length));
    this.#length = writePong(this.#buffer, this.#length, id, payload);
  }

  error(id: number, code: ErrorCode): void {
    this.#reserve(ERROR_ANSWER_LENGTH);
    this.#length = writeError(this.#buffer, this.#length, id, code);
  }

  /** All answers since the last call, in memory that is the caller's until {@link written}, or for good. */
  take(): Uint8Array {
    const answers = this.#buffer.subarray(0, this.#length);
    this.#expectedLength = this.#length;
    this.#buffer = NOTHING;
    this.#length = 0;
    return answers;
  }

  /** What {@link take} gave is not needed any more. */
  written(answers: Uint8Array): void {
    if (answers.buffer === this.#piece?.buffer) this.#giveBack(answers.length);
  }

  #reserve(additional: number): void {
    const needed = this.#length + additional;
    if (needed <= this.#buffer.length) return;
    const outgrown = this.#buffer;
    this.#buffer = this.#allocate(needed);
    this.#buffer.set(outgrown.subarray(0, this.#length));
    if (outgrown === this.#piece) this.#giveBack(this.#length);
  }

  #allocate(length: number): Buffer {
    if (this.#piece === undefined && length <= PIECE_LENGTH) {
      this.#piece = this.#memory.take();
      return this.#piece;
    }
    // Not from Node's shared pool: answers are written whole, nothing of what the memory held before goes out.
    return Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#buffer.length, this.#expectedLength));
  }

  #giveBack(usedLength: number): void {
    if (this.#piece !== undefined) this.#memory.giveBack(this.#piece, usedLength);
    this.#piece = undefined;
  }
}

const NOTHING = Buffer.alloc(0);

import type { FrameMemory } from '@latchkey/codec/kssl2';
import { type AnswerMemory, PIECE_LENGTH } from './answer-memory.js';

/**
 * Where a connection's answers of a turn of the event loop are written, so that they leave in one write.
 *
 * Takes a piece of the memory that connections share while it has none out to be written. So a reader that is slow holds one
 * of them, whatever it is owed.
 */
export class AnswerBuffer implements FrameMemory {
  bytes: Buffer = NOTHING;
  length = 0;
  readonly #memory: AnswerMemory;
  /** What is shared of the memory that this uses, or that is being written. */
  #piece: Buffer | undefined;
  /** As much as the last turn needed, this one is likely to need. */
  #expectedLength = 0;

  constructor(memory: AnswerMemory) {
    this.#memory = memory;
  }

  reserve(additional: number): void {
    const needed = this.length + additional;
    if (needed <= this.bytes.length) return;
    const outgrown = this.bytes;
    this.bytes = this.#allocate(needed);
    this.bytes.set(outgrown.subarray(0, this.length));
    if (outgrown === this.#piece) this.#giveBack(this.length);
  }

  /** All answers since the last call, in memory that is the caller's until {@link written}, or for good. */
  take(): Uint8Array {
    const answers = this.bytes.subarray(0, this.length);
    this.#expectedLength = this.length;
    this.bytes = NOTHING;
    this.length = 0;
    return answers;
  }

  /** What {@link take} gave is not needed any more. */
  written(answers: Uint8Array): void {
    if (answers.buffer === this.#piece?.buffer) this.#giveBack(answers.length);
  }

  #allocate(length: number): Buffer {
    if (this.#piece === undefined && length <= PIECE_LENGTH) {
      this.#piece = this.#memory.take();
      return this.#piece;
    }
    // Not from Node's shared pool: answers are written whole, nothing of what the memory held before goes out.
    return Buffer.allocUnsafeSlow(Math.max(length, 2 * this.bytes.length, this.#expectedLength));
  }

  #giveBack(usedLength: number): void {
    if (this.#piece !== undefined) this.#memory.giveBack(this.#piece, usedLength);
    this.#piece = undefined;
  }
}

const NOTHING = Buffer.alloc(0);

import { HEADER_LENGTH, MAXIMUM_FRAME_LENGTH } from './frame-layout.js';

/** Takes a frame: the bytes from `start` to `end`, which are only there until it returns. */
export type FrameTaker = (bytes: Buffer, start: number, end: number) => void;

/**
 * Finds frames in a stream by their headers, and does nothing else with them: the codec's decoder, which makes an object
 * of each, would cost the client more than all its other work for an answer.
 */
export class AnswerScanner {
  readonly #take: FrameTaker;
  /** The beginning of a frame that the end of a chunk cut through. */
  readonly #part = Buffer.allocUnsafe(MAXIMUM_FRAME_LENGTH);
  #partLength = 0;

  constructor(take: FrameTaker) {
    this.#take = take;
  }

  /** Takes the next bytes of the stream, which may be used for something else afterwards. */
  push(chunk: Buffer): void {
    let start = this.#partLength === 0 ? 0 : this.#completePart(chunk);
    while (start + HEADER_LENGTH <= chunk.length) {
      const end = start + frameLength(chunk, start);
      if (end > chunk.length) break;
      this.#take(chunk, start, end);
      start = end;
    }
    this.#append(chunk, start, chunk.length);
  }

  /** @returns where in the chunk the next frame begins */
  #completePart(chunk: Buffer): number {
    const headerEnd = this.#append(chunk, 0, HEADER_LENGTH - this.#partLength);
    if (this.#partLength < HEADER_LENGTH) return headerEnd;
    const length = frameLength(this.#part, 0);
    const end = this.#append(chunk, headerEnd, headerEnd + length - this.#partLength);
    if (this.#partLength === length) {
      this.#partLength = 0;
      this.#take(this.#part, 0, length);
    }
    return end;
  }

  /** @returns up to where there was something to append */
  #append(chunk: Buffer, start: number, end: number): number {
    if (start >= end) return start;
    const copied = chunk.copy(this.#part, this.#partLength, start, end);
    this.#partLength += copied;
    return start + copied;
  }
}

function frameLength(bytes: Buffer, start: number): number {
  return HEADER_LENGTH + bytes.readUInt16BE(start + 2);
}

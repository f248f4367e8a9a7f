/**
 * Pieces of memory for the answers of a turn, used again once a socket has written what is in them. Memory that is made
 * anew for each write, a kilobyte for each answer, keeps V8 collecting garbage.
 */
export class AnswerMemory {
  readonly #free: Buffer[] = [];

  /** @returns a piece of {@link PIECE_LENGTH} bytes; what it held before is wiped */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.alloc(PIECE_LENGTH);
  }

  /** Wipes the first so many bytes, all that have been used, and keeps the piece for the next who takes one. */
  giveBack(piece: Buffer, usedLength: number): void {
    if (this.#free.length === MOST_FREE) return;
    // Decrypted secrets may have been in there.
    piece.fill(0, 0, usedLength);
    this.#free.push(piece);
  }
}

/** As much as the answers to what is read of a connection in a turn take, or a little less. */
export const PIECE_LENGTH = 64 * 1024;

/** Pieces are only taken from the end of a turn's reading to its writing: more are free when many connections had a slow reader. */
const MOST_FREE = 16;

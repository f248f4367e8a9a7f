import { SHARE_OF_TURN } from './connection-bounds.js';

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

/**
 * Twice what is read of a connection in a turn, since answers to what was left over from the turn before may come with those to
 * what has been read: a piece that is too small has memory made anew in most turns.
 */
export const PIECE_LENGTH = 2 * SHARE_OF_TURN;

/** Pieces are only taken from the end of a turn's reading to its writing: more are free when many connections had a slow reader. */
const MOST_FREE = 16;

/** Where bytes stay: many small ones share a piece of memory, which is freed with the last of them. */
export class Slab {
  #memory = NOTHING;
  #used = 0;

  /**
   * Copies bytes.
   *
   * @param start where what is copied begins, and `end`. Default: all of the bytes
   */
  copy(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
    const length = end - start;
    const copy = this.take(length);
    // A view of what is copied would cost more than this loop saves by not being one.
    if (length > FEW) copy.set(bytes.subarray(start, end));
    else for (let index = 0; index < length; index += 1) copy[index] = bytes[start + index] as number;
    return copy;
  }

  /** So many bytes, for the caller to write. */
  take(length: number): Uint8Array {
    if (length > LARGEST) return new Uint8Array(length);
    if (this.#used + length > this.#memory.length) {
      this.#memory = new Uint8Array(SLAB_LENGTH);
      this.#used = 0;
    }
    const taken = new Uint8Array(this.#memory.buffer, this.#used, length);
    this.#used += length;
    return taken;
  }
}

const NOTHING = new Uint8Array(0);
const SLAB_LENGTH = 16 * 1024;
/** More has memory of its own: few would share a slab, and one of them that waits long would keep it all. */
const LARGEST = SLAB_LENGTH / 16;

/** As long as what is hashed for a signature at most. */
const FEW = 64;

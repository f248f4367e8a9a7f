/** Copies bytes to where they stay: many small ones share a piece of memory, which is freed with the last of them. */
export class Slab {
  #memory = NOTHING;
  #used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length > LARGEST) return Uint8Array.from(bytes);
    if (this.#used + length > this.#memory.length) {
      this.#memory = new Uint8Array(SLAB_LENGTH);
      this.#used = 0;
    }
    const copy = this.#memory.subarray(this.#used, this.#used + length);
    copy.set(bytes);
    this.#used += length;
    return copy;
  }
}

const NOTHING = new Uint8Array(0);
const SLAB_LENGTH = 16 * 1024;
/** More has memory of its own: few would share a slab, and one of them that waits long would keep it all. */
const LARGEST = SLAB_LENGTH / 16;

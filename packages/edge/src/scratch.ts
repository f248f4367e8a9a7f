/**
 * Memory that bytes are taken into whose number is not known before. Few bytes are copied out of it, so that they do not
 * keep it; many take it with them, and whoever has no more use for them can give it back.
 */
export class Scratch {
  /** How many bytes can be taken at once. */
  readonly length: number;
  #memory: Buffer;
  #isGivenOut = false;

  /** @param length 65536 and what TLS adds are sensible */
  constructor(length: number) {
    this.length = length;
    this.#memory = Buffer.allocUnsafeSlow(length);
  }

  /** @param take writes to the memory and answers how many bytes */
  fill(take: (into: Buffer) => number): Buffer {
    if (this.#isGivenOut) this.#memory = Buffer.allocUnsafeSlow(this.length);
    this.#isGivenOut = false;
    const bytes = this.#memory.subarray(0, take(this.#memory));
    if (bytes.length < this.length / 4) return Buffer.from(bytes);
    this.#isGivenOut = true;
    return bytes;
  }

  /** @param bytes that `fill` gave out and that nobody will look at any more */
  giveBack(bytes: Buffer): void {
    if (bytes.buffer === this.#memory.buffer) this.#isGivenOut = false;
  }
}

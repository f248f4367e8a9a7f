/** Memory for bytes whose number is not known before, used again and again. */
export class Scratch {
  /** How many bytes can be taken at once. */
  readonly length: number;
  #memory: Buffer;

  /** @param length 65536 and what TLS adds are sensible */
  constructor(length: number) {
    this.length = length;
    this.#memory = Buffer.allocUnsafeSlow(length);
  }

  /** To be written to. */
  get memory(): Buffer {
    return this.#memory;
  }

  /** The first bytes, for whoever keeps them. Few are copied, so that they do not keep the memory; many take it along. */
  take(length: number): Buffer {
    const bytes = this.#memory.subarray(0, length);
    if (length < this.length / 4) return Buffer.from(bytes);
    this.giveAway();
    return bytes;
  }

  /** The first bytes, for whoever has no use for them any more when the memory is written to next. */
  lend(length: number): Buffer {
    return this.#memory.subarray(0, length);
  }

  /** Leaves the memory to whom it was lent, after all. */
  giveAway(): void {
    this.#memory = Buffer.allocUnsafeSlow(this.length);
  }
}

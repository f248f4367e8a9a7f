/** Gives the bytes from `start` to `end` as a request is to hold them: as a view of those, or as a copy that stays. */
export type BytesOfRequest = (bytes: Uint8Array, start: number, end: number) => Uint8Array;

/** Bytes that are mostly the same again and again, and then need not be taken again: the name of the key that is asked for. */
export class RepeatedBytes {
  readonly #take: BytesOfRequest;
  #last: Uint8Array = new Uint8Array(0);

  constructor(take: BytesOfRequest) {
    this.#take = take;
  }

  take(bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (!isAt(bytes, start, end, this.#last)) this.#last = this.#take(bytes, start, end);
    return this.#last;
  }
}

function isAt(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let index = 0; index < wanted.length; index += 1)
    if (bytes[start + index] !== wanted[index]) return false;
  return true;
}

/** Bytes from hexadecimal text; white space is for the reader. */
export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** An item as it stands in the body of a kssl1 frame, made without the codec's help. */
export function item(tag: number, value: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(tag, value.length >> 8, value.length), value);
}

/** Cuts a stream into chunks, each with memory of its own, of the lengths that are drawn. */
export function* cut(stream: Uint8Array, lengths: Iterator<number, number>): Iterable<Uint8Array> {
  for (let offset = 0; offset < stream.length;) {
    const end = offset + lengths.next().value;
    yield stream.slice(offset, end);
    offset = end;
  }
}

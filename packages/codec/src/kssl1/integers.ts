// All integers are big endian. The caller knows that the bytes are there: a DataView's checks and its making cost more
// than everything else that is done with a header.

export function readUint16(bytes: Uint8Array, offset: number): number {
  return (byteAt(bytes, offset) << 8) | byteAt(bytes, offset + 1);
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return ((readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2)) >>> 0;
}

export function writeUint16(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 8;
  target[offset + 1] = value;
}

export function writeUint32(target: Uint8Array, offset: number, value: number): void {
  writeUint16(target, offset, value >>> 16);
  writeUint16(target, offset + 2, value);
}

/** The byte at a place that is known to lie within the bytes. */
export function byteAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset] as number;
}

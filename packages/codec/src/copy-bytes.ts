/** Copies the bytes from `start` to `end` to a place in others. For few of them, to make a view costs more than this loop. */
export function copyBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): void {
  const length = end - start;
  if (length > FEW) target.set(length === bytes.length ? bytes : bytes.subarray(start, end), offset);
  else
    for (let index = 0; index < length; index += 1) target[offset + index] = bytes[start + index] as number;
}

/** No signature with an elliptic curve but P-521's is longer. */
const FEW = 104;

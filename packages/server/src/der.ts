/** An element of DER: a tag, a length, and so many bytes of content. */
export interface DerElement {
  /** The identifier octet, e.g. 0x30 for a SEQUENCE. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** The whole element with its tag and length. */
  readonly encoding: Uint8Array;
}

/**
 * Splits bytes into the elements that follow each other in them, without looking into these.
 *
 * @throws {RangeError} when the bytes are not whole elements of DER, or have tags of more than one byte
 */
export function readElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  for (let rest = bytes; rest.length > 0;) {
    const element = readElement(rest);
    elements.push(element);
    rest = rest.subarray(element.encoding.length);
  }
  return elements;
}

function readElement(bytes: Uint8Array): DerElement {
  const [tag = 0, first] = bytes;
  if ((tag & 0x1f) === 0x1f || first === undefined) throw new RangeError('this is not an element of DER');
  // Up to 127 bytes the length stands for itself; otherwise so many bytes of length follow.
  const lengthOfLength = first < 0x80 ? 0 : first & 0x7f;
  const start = 2 + lengthOfLength;
  const length =
    lengthOfLength === 0 ? first : bytes.subarray(2, start).reduce((value, byte) => value * 256 + byte, 0);
  if (first === 0x80 || start + length > bytes.length) throw new RangeError('an element of DER is cut off');
  return { tag, content: bytes.subarray(start, start + length), encoding: bytes.subarray(0, start + length) };
}

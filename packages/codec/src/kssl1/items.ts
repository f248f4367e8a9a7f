import { copyBytes } from '../copy-bytes.js';
import { Tag } from './constants.js';
import { byteAt, readUint16, writeUint16 } from './integers.js';

/** Bytes before an item's value: tag and length. */
export const ITEM_HEADER_LENGTH = 3;

/**
 * What makes a body malformed (docs/protocol/kssl1.md, "Items"):
 * - `item_past_end`: an item is longer than what is left of the body
 * - `tag_twice`: a tag that v1 defines, padding included, stands there twice, be its values empty or not
 * - `opcode_length`: the opcode is not one byte
 * - `client_ip_length`, `server_ip_length`: the address is of neither 4 nor 16 bytes
 * - `compliance_region_length`: the region is not one byte
 */
export type Malformation =
  | 'item_past_end'
  | 'tag_twice'
  | 'opcode_length'
  | 'client_ip_length'
  | 'server_ip_length'
  | 'compliance_region_length';

export const CERTIFICATE_DIGEST_LENGTH = 32;
export const SKI_LENGTH = 20;

/** Whether an IP address (version 4 or 6) is of so many bytes. */
export function isAddressLength(length: number): boolean {
  return length === 4 || length === 16;
}

/**
 * Where the items of a body lie. Made once and read into for one body after the other: an object for each body, with a view
 * for each item, would be most of what a request leaves behind as garbage.
 */
export class Items {
  #body: Uint8Array = NOTHING;
  readonly #starts = new Uint32Array(TAGS);
  readonly #ends = new Uint32Array(TAGS);
  /** A bit for each tag that counts as present. */
  #present = 0;

  /**
   * Takes apart the body that lies there, and forgets the one before. An empty value is the same as none, and so is a
   * digest or SKI of the wrong length.
   */
  read(body: Uint8Array, start = 0, end = body.length): Malformation | undefined {
    this.#body = body;
    this.#present = 0;
    let seen = 0;
    let offset = start;
    // One or two stray bytes at the end are no item: the peers ignore them, and so do we.
    while (offset + ITEM_HEADER_LENGTH <= end) {
      const tag = byteAt(body, offset);
      const valueStart = offset + ITEM_HEADER_LENGTH;
      const length = readUint16(body, offset + 1);
      offset = valueStart + length;
      if (offset > end) return 'item_past_end';

      const bit = TAG_BITS[tag] as number;
      if ((seen & bit) !== 0) return 'tag_twice';
      seen |= bit;

      const malformation = malformationOf(tag, length);
      if (malformation !== undefined) return malformation;
      // Unknown tags have no bit and are skipped.
      if (bit === 0 || length === 0 || !isOfItsLength(tag, length)) continue;
      this.#present |= bit;
      this.#starts[tag] = valueStart;
      this.#ends[tag] = offset;
    }
    return undefined;
  }

  has(tag: Tag): boolean {
    return (this.#present & (TAG_BITS[tag] as number)) !== 0;
  }

  /** Where in the body the value begins, and where it ends: of items that are there. */
  start(tag: Tag): number {
    return this.#starts[tag] as number;
  }

  end(tag: Tag): number {
    return this.#ends[tag] as number;
  }

  /** The value of an item of one byte. */
  byte(tag: Tag): number | undefined {
    return this.has(tag) ? byteAt(this.#body, this.start(tag)) : undefined;
  }

  /** The value as a view of the body. */
  view(tag: Tag): Uint8Array | undefined {
    return this.has(tag) ? this.#body.subarray(this.start(tag), this.end(tag)) : undefined;
  }
}

/**
 * Writes an item and returns where the next one begins.
 *
 * @param start where in these bytes the value begins, and `end`. Default: it is all of them
 */
export function writeItem(
  target: Uint8Array,
  offset: number,
  tag: Tag,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): number {
  const length = end - start;
  const valueStart = writeItemHeader(target, offset, tag, length);
  copyBytes(bytes, start, end, target, valueStart);
  return valueStart + length;
}

/** Writes an item of one byte and returns where the next one begins. */
export function writeByteItem(target: Uint8Array, offset: number, tag: Tag, value: number): number {
  const start = writeItemHeader(target, offset, tag, 1);
  target[start] = value;
  return start + 1;
}

/** Writes the beginning of an item and returns where its value goes. */
export function writeItemHeader(target: Uint8Array, offset: number, tag: Tag, length: number): number {
  target[offset] = tag;
  writeUint16(target, offset + 1, length);
  return offset + ITEM_HEADER_LENGTH;
}

function malformationOf(tag: number, length: number): Malformation | undefined {
  switch (tag) {
    case Tag.OPCODE:
      return length === 1 ? undefined : 'opcode_length';
    case Tag.CLIENT_IP:
      return length === 0 || isAddressLength(length) ? undefined : 'client_ip_length';
    case Tag.SERVER_IP:
      return length === 0 || isAddressLength(length) ? undefined : 'server_ip_length';
    case Tag.COMPLIANCE_REGION:
      return length <= 1 ? undefined : 'compliance_region_length';
    default:
      return undefined;
  }
}

/** Whether an item counts as present though a wrong length would not make the body malformed. */
function isOfItsLength(tag: number, length: number): boolean {
  if (tag === Tag.SKI) return length === SKI_LENGTH;
  if (tag === Tag.CERTIFICATE_DIGEST) return length === CERTIFICATE_DIGEST_LENGTH;
  return true;
}

const NOTHING = new Uint8Array(0);

/** One more than the highest tag that v1 defines. */
const TAGS = Math.max(...Object.values(Tag)) + 1;

/** A bit of its own for each tag that v1 defines, none for others. */
const TAG_BITS = new Uint32Array(0x100);
for (const [index, tag] of Object.values(Tag).entries()) TAG_BITS[tag] = 1 << index;

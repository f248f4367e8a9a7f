/**
 * What is wrong with the fields of a message:
 * - `cut_off`: a field runs past the end of the message
 * - `field_type`: a field that is known is of another type, or one that is not is of none that can be skipped
 * - `field_twice`: a field that stands for one value is there twice, or two of those of which only one may be there
 * - `number_range`: a number is not an unsigned one of 32 bits
 */
export type FieldMalformation = 'cut_off' | 'field_type' | 'field_twice' | 'number_range';

/** Wire types of Protocol Buffers. */
export const WireType = { VARINT: 0, FIXED_64: 1, LENGTH_DELIMITED: 2, FIXED_32: 5 } as const;

/** Reads what fields are made of, from one place in a message to the next. */
export class FieldReader {
  bytes = NOTHING;
  position = 0;
  /** Where the message ends. */
  end = 0;

  /** Reads a message from its beginning: from `start` to `end` of these bytes. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** @returns an unsigned number of 32 bits, or one below 0 that {@link malformationOfNumber} explains */
  number(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      if (this.position >= this.end) return CUT_OFF;
      const byte = this.bytes[this.position++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value <= 0xffff_ffff ? value : OUT_OF_RANGE;
    }
    return OUT_OF_RANGE;
  }

  /** Reads past the value of a field that is not known. */
  skip(wireType: number): FieldMalformation | undefined {
    switch (wireType) {
      case WireType.VARINT:
        return this.#skipNumber();
      case WireType.FIXED_64:
        this.position += 8;
        break;
      case WireType.LENGTH_DELIMITED: {
        const length = this.number();
        if (length < 0) return 'cut_off';
        this.position += length;
        break;
      }
      case WireType.FIXED_32:
        this.position += 4;
        break;
      default:
        // Groups, which no version of this protocol has.
        return 'field_type';
    }
    return this.position > this.end ? 'cut_off' : undefined;
  }

  /** A field from a later version may hold 64 bits: 10 bytes. */
  #skipNumber(): FieldMalformation | undefined {
    for (let length = 0; length < 10; length++) {
      if (this.position >= this.end) return 'cut_off';
      if ((this.bytes[this.position++] ?? 0) < 0x80) return undefined;
    }
    return 'number_range';
  }
}

/** What {@link FieldReader.number} means by a number below 0. */
export function malformationOfNumber(number: number): FieldMalformation {
  return number === CUT_OFF ? 'cut_off' : 'number_range';
}

/**
 * Goes over the fields of a message, one after the other, leaving out those of other types than {@link isNumber} tells apart
 * and numbers of more than 32 bits. Nothing is made for a field: {@link next} changes what is known of the one at hand.
 */
export class FieldCursor {
  /** Which field it is. */
  number = 0;
  /** Whether its value is a number; otherwise bytes, text or a message. */
  isNumber = false;
  /** The number. */
  value = 0;
  /** Where the bytes begin. */
  start = 0;
  /** Where they end. */
  end = 0;
  /** What is wrong with the message, where {@link next} has found that there is nothing more to be read. */
  malformation: FieldMalformation | undefined;
  readonly #reader = new FieldReader();

  /** @param start where the message begins in these bytes, and `end`. Default: it is all of them */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#reader.begin(bytes, start, end);
  }

  /** Goes on to the next field; false where there is none. */
  next(): boolean {
    const reader = this.#reader;
    while (reader.position < reader.end) {
      const tag = reader.number();
      if (tag < 0) return this.#stop(malformationOfNumber(tag));
      this.number = tag >>> 3;
      if (this.number === 0) return this.#stop('field_type');
      const wireType = tag & 7;
      const { position } = reader;
      if (wireType === WireType.VARINT) {
        this.isNumber = true;
        this.value = reader.number();
        if (this.value >= 0) return true;
        reader.position = position;
      } else if (wireType === WireType.LENGTH_DELIMITED) {
        const length = reader.number();
        this.isNumber = false;
        this.start = reader.position;
        this.end = reader.position + length;
        if (length < 0 || this.end > reader.end) return this.#stop('cut_off');
        reader.position = this.end;
        return true;
      }
      const malformation = reader.skip(wireType);
      if (malformation !== undefined) return this.#stop(malformation);
    }
    return false;
  }

  /** The bytes of the field at hand, as a view. */
  view(): Uint8Array {
    return this.#reader.bytes.subarray(this.start, this.end);
  }

  #stop(malformation: FieldMalformation): false {
    this.malformation = malformation;
    return false;
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** What {@link FieldReader.number} answers in the place of a number. */
const CUT_OFF = -1;
const OUT_OF_RANGE = -2;

/**
 * What is wrong with the fields of a message:
 * - `cut_off`: a field runs past the end of the message
 * - `field_type`: a field that is known is of another type, or one that is not is of none that can be skipped
 * - `field_twice`: a field that stands for one value is there twice, or two of those of which only one may be there
 * - `number_range`: a number is not an unsigned one of 32 bits
 */
export type FieldMalformation = 'cut_off' | 'field_type' | 'field_twice' | 'number_range';

/** What a message may hold. */
export interface MessageShape {
  /** By their numbers, which are below 32: numbers, bytes or text, or messages. */
  readonly fields: ReadonlyMap<number, 'number' | 'bytes' | MessageShape>;
  /** The numbers of those of which only one may be there. */
  readonly oneOf?: readonly number[];
}

/**
 * Goes over the fields of a message, and of those in it, once.
 *
 * Protocol Buffers let the last of two values win, merge messages, and skip what is of the wrong type: two readers of one
 * request could understand different things. Here none of that is a message at all. Nothing is kept and nothing is
 * allocated, so what is longest is only read.
 */
export function malformationOf(bytes: Uint8Array, shape: MessageShape): FieldMalformation | undefined {
  return malformationWithin({ bytes, position: 0 }, bytes.length, shape);
}

/** A field as it stands in a message. */
export interface Field {
  readonly number: number;
  /** A number of 32 bits, or a view of bytes, text or a message. */
  readonly value: number | Uint8Array;
}

/**
 * The fields of a message, one after the other, without those of other types than {@link Field.value} has.
 *
 * @returns a generator whose value at the end is what is wrong with the message, if anything is
 */
export function* fieldsOf(bytes: Uint8Array): Generator<Field, FieldMalformation | undefined> {
  const reader: Reader = { bytes, position: 0 };
  while (reader.position < bytes.length) {
    const tag = readVarint(reader, bytes.length);
    if (tag < 0) return tag === CUT_OFF ? 'cut_off' : 'number_range';
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (number === 0) return 'field_type';
    if (wireType === VARINT) {
      const start = reader.position;
      const value = readVarint(reader, bytes.length);
      if (value >= 0) {
        yield { number, value };
      } else {
        reader.position = start;
        const malformation = skipVarint(reader, bytes.length);
        if (malformation !== undefined) return malformation;
      }
    } else if (wireType === LENGTH_DELIMITED) {
      const length = readVarint(reader, bytes.length);
      if (length < 0 || reader.position + length > bytes.length) return 'cut_off';
      yield { number, value: bytes.subarray(reader.position, reader.position + length) };
      reader.position += length;
    } else {
      const malformation = skip(reader, bytes.length, wireType);
      if (malformation !== undefined) return malformation;
    }
  }
  return undefined;
}

interface Reader {
  readonly bytes: Uint8Array;
  position: number;
}

/** Wire types of Protocol Buffers. */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** What {@link readVarint} answers in the place of a number. */
const CUT_OFF = -1;
const OUT_OF_RANGE = -2;

function malformationWithin(reader: Reader, end: number, shape: MessageShape): FieldMalformation | undefined {
  const oneOf = maskOf(shape.oneOf ?? []);
  let seen = 0;
  while (reader.position < end) {
    const tag = readVarint(reader, end);
    if (tag < 0) return tag === CUT_OFF ? 'cut_off' : 'number_range';
    const number = tag >>> 3;
    const wireType = tag & 7;
    const expected = shape.fields.get(number);
    if (expected === undefined) {
      const malformation = number === 0 ? 'field_type' : skip(reader, end, wireType);
      if (malformation !== undefined) return malformation;
      continue;
    }
    if (wireType !== (expected === 'number' ? VARINT : LENGTH_DELIMITED)) return 'field_type';
    const bit = 1 << number;
    if ((seen & ((bit & oneOf) === 0 ? bit : oneOf)) !== 0) return 'field_twice';
    seen |= bit;
    const value = readVarint(reader, end);
    if (value < 0) return value === CUT_OFF ? 'cut_off' : 'number_range';
    if (expected === 'number') continue;
    const fieldEnd = reader.position + value;
    if (fieldEnd > end) return 'cut_off';
    const malformation = expected === 'bytes' ? undefined : malformationWithin(reader, fieldEnd, expected);
    if (malformation !== undefined) return malformation;
    reader.position = fieldEnd;
  }
  return undefined;
}

function maskOf(numbers: readonly number[]): number {
  let mask = 0;
  for (const number of numbers) mask |= 1 << number;
  return mask;
}

function skip(reader: Reader, end: number, wireType: number): FieldMalformation | undefined {
  switch (wireType) {
    case VARINT:
      return skipVarint(reader, end);
    case FIXED_64:
      reader.position += 8;
      break;
    case LENGTH_DELIMITED: {
      const length = readVarint(reader, end);
      if (length < 0) return 'cut_off';
      reader.position += length;
      break;
    }
    case FIXED_32:
      reader.position += 4;
      break;
    default:
      // Groups, which no version of this protocol has.
      return 'field_type';
  }
  return reader.position > end ? 'cut_off' : undefined;
}

/** A field from a later version may hold 64 bits: 10 bytes. */
function skipVarint(reader: Reader, end: number): FieldMalformation | undefined {
  for (let length = 0; length < 10; length++) {
    if (reader.position >= end) return 'cut_off';
    if ((reader.bytes[reader.position++] ?? 0) < 0x80) return undefined;
  }
  return 'number_range';
}

function readVarint(reader: Reader, end: number): number {
  let value = 0;
  for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
    if (reader.position >= end) return CUT_OFF;
    const byte = reader.bytes[reader.position++] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value <= 0xffff_ffff ? value : OUT_OF_RANGE;
  }
  return OUT_OF_RANGE;
}

import { type FieldMalformation, FieldReader, malformationOfNumber, WireType } from './fields.js';

/** What a field of a message holds: a number, bytes or text, or a message. */
export type FieldKind = 'number' | 'bytes' | MessageFields;

/**
 * The fields of a kind of message, and where they stand in the one that was read last. They must be taken out before the
 * next is read.
 *
 * Protocol Buffers let the last of two values win, merge messages, and skip what is of the wrong type: two readers of one
 * request could understand different things. Here none of that is a message at all. Nothing is made for a field until it
 * is asked for, so what is malformed is only read.
 */
export class MessageFields {
  /** By the number of the field. */
  readonly #kinds: readonly (FieldKind | undefined)[];
  /** A bit for each of those of which only one may be there. */
  readonly #oneOf: number;
  readonly #reader = new FieldReader();
  /** A bit for each that is there. */
  #found = 0;
  /** The number; of bytes, text and messages where they begin. */
  readonly #values: number[];
  readonly #ends: number[];

  /**
   * @param kinds by the numbers of the fields, which are below 32
   * @param oneOf the numbers of those of which only one may be there
   */
  constructor(kinds: Readonly<Record<number, FieldKind>>, oneOf: readonly number[] = []) {
    const count = Math.max(...Object.keys(kinds).map(Number)) + 1;
    this.#kinds = Array.from({ length: count }, (_, number) => kinds[number]);
    this.#oneOf = oneOf.reduce((mask, number) => mask | (1 << number), 0);
    this.#values = Array.from({ length: count }, () => 0);
    this.#ends = Array.from({ length: count }, () => 0);
  }

  /**
   * Reads a message and those in it, once.
   *
   * @param start where it begins in these bytes, and `end`. Default: it is all of them
   * @returns what is wrong with it; then nothing of it may be asked for
   */
  read(bytes: Uint8Array, start = 0, end = bytes.length): FieldMalformation | undefined {
    const reader = this.#reader;
    reader.begin(bytes, start, end);
    this.#found = 0;
    while (reader.position < end) {
      const tag = reader.number();
      if (tag < 0) return malformationOfNumber(tag);
      const number = tag >>> 3;
      const wireType = tag & 7;
      const kind = number < this.#kinds.length ? this.#kinds[number] : undefined;
      const malformation =
        kind === undefined
          ? number === 0
            ? 'field_type'
            : reader.skip(wireType)
          : this.#readKnown(number, wireType, kind);
      if (malformation !== undefined) return malformation;
    }
    return undefined;
  }

  has(number: number): boolean {
    return (this.#found & (1 << number)) !== 0;
  }

  /** A number; 0 where it is not there. */
  number(number: number): number {
    return this.has(number) ? (this.#values[number] ?? 0) : 0;
  }

  /** Where the bytes of a field begin. */
  start(number: number): number {
    return this.#values[number] ?? 0;
  }

  /** Where they end. */
  end(number: number): number {
    return this.#ends[number] ?? 0;
  }

  /** How many bytes there are; none where it is not there. */
  length(number: number): number {
    return this.has(number) ? this.end(number) - this.start(number) : 0;
  }

  /** The bytes of a field, as a view; none where it is not there. */
  view(number: number): Uint8Array {
    return this.has(number) ? this.#reader.bytes.subarray(this.start(number), this.end(number)) : NOTHING;
  }

  #readKnown(number: number, wireType: number, kind: FieldKind): FieldMalformation | undefined {
    const reader = this.#reader;
    if (wireType !== (kind === 'number' ? WireType.VARINT : WireType.LENGTH_DELIMITED)) return 'field_type';
    const bit = 1 << number;
    if ((this.#found & ((bit & this.#oneOf) === 0 ? bit : this.#oneOf)) !== 0) return 'field_twice';
    this.#found |= bit;
    const value = reader.number();
    if (value < 0) return malformationOfNumber(value);
    if (kind === 'number') {
      this.#values[number] = value;
      return undefined;
    }
    const { position } = reader;
    if (position + value > reader.end) return 'cut_off';
    this.#values[number] = position;
    this.#ends[number] = position + value;
    reader.position = position + value;
    return kind === 'bytes' ? undefined : kind.read(reader.bytes, position, position + value);
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

import {
  HEADER_LENGTH,
  MAJOR_VERSION,
  MAXIMUM_BODY_LENGTH,
  MINIMUM_FRAME_LENGTH,
  MINOR_VERSION,
  Tag,
} from './constants.js';
import { UnencodableMessageError } from '../errors.js';
import { byteAt, readUint16, readUint32, writeUint16, writeUint32 } from './integers.js';
import { ITEM_HEADER_LENGTH, writeItemHeader } from './items.js';

/** Takes what a {@link FrameDecoder} finds. Neither function may throw: the rest of the chunk would be lost. */
export interface FrameHandler {
  /**
   * Called for every frame (docs/protocol/kssl1.md, "Frame"), in the order in which they arrived.
   *
   * @param id unsigned 32 bit, chosen by the requester and echoed in the answer
   * @param bytes in which the body, the items, lies from `start` to `end`. Where it came in one chunk they are that chunk, so
   *   they hold for as long as its memory is not used for something else; otherwise they are memory of its own
   */
  onFrame(id: number, bytes: Uint8Array, start: number, end: number): void;
  /**
   * Called when a frame is of another major version: at most once, and nothing after it is decoded, since it cannot be
   * framed. A key server answers this id with `ErrorCode.VERSION_MISMATCH` and closes the connection.
   */
  onVersionMismatch(id: number, majorVersion: number): void;
}

/**
 * Finds the frames in a stream of bytes, however it is cut into chunks.
 *
 * Between two chunks it holds the beginning of at most one frame, in memory that grows with what has arrived and not
 * with what a header announces.
 */
export class FrameDecoder {
  readonly #handler: FrameHandler;
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #headerLength = 0;
  /** The beginning of a body that the end of a chunk cut through: the first `#partLength` bytes. */
  #part = NOTHING;
  #partLength = 0;
  #ended = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** How many bytes of an incomplete frame are held: 0 between frames, always less than 8 + 65535. */
  get bufferedLength(): number {
    return this.#headerLength + this.#partLength;
  }

  /**
   * Takes the next bytes of the stream and hands on every frame that they complete.
   *
   * @param chunk any number of bytes; of a body, only what the chunk's borders cut through is copied
   */
  push(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.length && !this.#ended) {
      offset = this.#readHeader(chunk, offset);
      if (this.#headerLength < HEADER_LENGTH) return;
      const majorVersion = byteAt(this.#header, 0);
      if (majorVersion === MAJOR_VERSION) offset = this.#readBody(chunk, offset);
      else this.#end(majorVersion);
    }
  }

  #readHeader(chunk: Uint8Array, offset: number): number {
    let position = offset;
    while (this.#headerLength < HEADER_LENGTH && position < chunk.length) {
      this.#header[this.#headerLength++] = byteAt(chunk, position++);
    }
    return position;
  }

  #readBody(chunk: Uint8Array, offset: number): number {
    const bodyLength = readUint16(this.#header, 2);
    const end = offset + bodyLength - this.#partLength;
    if (end > chunk.length) {
      this.#keep(chunk.subarray(offset), bodyLength);
      return chunk.length;
    }
    const id = readUint32(this.#header, 4);
    if (this.#partLength === 0) {
      this.#headerLength = 0;
      this.#handler.onFrame(id, chunk, offset, end);
      return end;
    }
    this.#keep(chunk.subarray(offset, end), bodyLength);
    const body = this.#part;
    this.#forgetFrame();
    this.#handler.onFrame(id, body, 0, bodyLength);
    return end;
  }

  #keep(bytes: Uint8Array, bodyLength: number): void {
    const length = this.#partLength + bytes.length;
    if (length > this.#part.length) {
      const capacity = Math.max(length, 2 * this.#part.length, MINIMUM_FRAME_LENGTH);
      const grown = new Uint8Array(Math.min(capacity, bodyLength));
      grown.set(this.#part);
      this.#part = grown;
    }
    this.#part.set(bytes, this.#partLength);
    this.#partLength = length;
  }

  #end(majorVersion: number): void {
    const id = readUint32(this.#header, 4);
    this.#ended = true;
    this.#forgetFrame();
    this.#handler.onVersionMismatch(id, majorVersion);
  }

  #forgetFrame(): void {
    this.#headerLength = 0;
    this.#part = NOTHING;
    this.#partLength = 0;
  }
}

/**
 * How long the frame is that carries items of `itemsLength` bytes, header and padding included.
 *
 * @throws {UnencodableMessageError} when the items do not fit into one frame
 */
export function frameLengthOf(itemsLength: number): number {
  if (itemsLength > MAXIMUM_BODY_LENGTH) {
    throw new UnencodableMessageError(
      `The message takes ${itemsLength} bytes; a frame of Keyless SSL v1 carries ${MAXIMUM_BODY_LENGTH}`,
    );
  }
  const length = HEADER_LENGTH + itemsLength;
  // Where 1 or 2 bytes are missing, the padding item's own header overshoots.
  return length < MINIMUM_FRAME_LENGTH ? Math.max(MINIMUM_FRAME_LENGTH, length + ITEM_HEADER_LENGTH) : length;
}

/** Writes the header of a frame that is `frameLength` bytes long, and returns where its body begins. */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  id: number,
  frameLength: number,
): number {
  target[offset] = MAJOR_VERSION;
  target[offset + 1] = MINOR_VERSION;
  writeUint16(target, offset + 2, frameLength - HEADER_LENGTH);
  writeUint32(target, offset + 4, id);
  return offset + HEADER_LENGTH;
}

/** Fills the frame from the end of its items up to its own end, as {@link frameLengthOf} has planned it. */
export function writePadding(target: Uint8Array, itemsEnd: number, frameEnd: number): void {
  if (itemsEnd === frameEnd) return;
  const start = writeItemHeader(target, itemsEnd, Tag.PADDING, frameEnd - itemsEnd - ITEM_HEADER_LENGTH);
  // The target may be used for the second time: nothing of what it held goes out.
  target.fill(0, start, frameEnd);
}

const NOTHING = new Uint8Array(0);

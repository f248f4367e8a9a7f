import { HEADER_LENGTH, MAXIMUM_FRAME_LENGTH } from './constants.js';

/** Takes what a {@link FrameDecoder} finds. Neither function may throw: the rest of the chunk would be lost. */
export interface FrameHandler {
  /**
   * Called for every frame, in the order in which they arrived.
   *
   * @param message a view of the chunk where it lay in one, so it holds for as long as the chunk's memory is not used for
   *   something else
   */
  onFrame(message: Uint8Array): void;
  /** Called when a frame is longer than {@link MAXIMUM_FRAME_LENGTH}: once, and nothing after it is decoded. */
  onFrameTooLong(length: number): void;
}

/**
 * Finds the frames in a stream of bytes, however it is cut into chunks.
 *
 * Between two chunks it holds the beginning of at most one frame, in memory that grows with what has arrived and not
 * with what a header announces.
 */
export class FrameDecoder {
  readonly #handler: FrameHandler;
  /** The beginning of a frame, header included, that the end of a chunk cut through: the first `#partLength` bytes. */
  #part = NOTHING;
  #partLength = 0;
  #ended = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** How many bytes of an incomplete frame are held: 0 between frames. */
  get bufferedLength(): number {
    return this.#partLength;
  }

  /** Takes the next bytes of the stream and hands on every frame that they complete. */
  push(chunk: Uint8Array): void {
    let offset = this.#partLength > 0 ? this.#completePart(chunk) : 0;
    while (offset < chunk.length && !this.#ended) {
      const length = frameLengthAt(chunk, offset);
      if (length === undefined || (length <= MAXIMUM_LENGTH && offset + length > chunk.length)) {
        this.#keep(chunk.subarray(offset));
        return;
      }
      this.#take(chunk.subarray(offset, offset + length), length);
      offset += length;
    }
  }

  /** @returns how much of the chunk the frame took that was begun in an earlier one */
  #completePart(chunk: Uint8Array): number {
    let taken = 0;
    for (;;) {
      const length = frameLengthAt(this.#part.subarray(0, this.#partLength), 0);
      const missing = (length ?? HEADER_LENGTH) - this.#partLength;
      if (length !== undefined && (missing === 0 || length > MAXIMUM_LENGTH)) {
        const frame = this.#part.subarray(0, this.#partLength);
        this.#part = NOTHING;
        this.#partLength = 0;
        this.#take(frame, length);
        return taken;
      }
      if (taken === chunk.length) return taken;
      const piece = chunk.subarray(taken, taken + missing);
      this.#keep(piece);
      taken += piece.length;
    }
  }

  #take(frame: Uint8Array, length: number): void {
    if (length <= MAXIMUM_LENGTH) {
      this.#handler.onFrame(frame.subarray(HEADER_LENGTH));
    } else {
      this.#ended = true;
      this.#handler.onFrameTooLong(length - HEADER_LENGTH);
    }
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#partLength + bytes.length;
    if (length > this.#part.length) {
      const grown = new Uint8Array(Math.min(Math.max(length, 2 * this.#part.length), MAXIMUM_LENGTH));
      grown.set(this.#part.subarray(0, this.#partLength));
      this.#part = grown;
    }
    this.#part.set(bytes, this.#partLength);
    this.#partLength = length;
  }
}

/** Gathers messages into as few frames as they fit into. */
export class FrameWriter {
  #buffer = NOTHING;
  #length = 0;
  /** Where the header of the last frame is, and how many messages the frame has. */
  #frameStart = 0;
  #frameCount = 0;
  /** As much as was gathered last time is likely to be gathered again. */
  #expectedLength = 0;
  readonly #maximumBatchLength: number;

  /** @param maximumBatchLength messages in a frame */
  constructor(maximumBatchLength: number) {
    this.#maximumBatchLength = maximumBatchLength;
  }

  /** How many bytes have been gathered. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a message as a field of the frame's.
   *
   * @param field 1 to 15
   * @param message no longer than a frame; copied
   */
  add(field: number, message: Uint8Array): void {
    const length = 1 + varintLength(message.length) + message.length;
    this.#begin(length);
    this.#buffer[this.#length] = (field << 3) | LENGTH_DELIMITED;
    const start = writeVarint(this.#buffer, this.#length + 1, message.length);
    this.#buffer.set(message, start);
    this.#length = start + message.length;
    writeUint32(this.#buffer, this.#frameStart, this.#length - this.#frameStart - HEADER_LENGTH);
  }

  /** All frames since the last call, in memory that is the caller's from here on. */
  take(): Uint8Array {
    const frames = this.#buffer.subarray(0, this.#length);
    this.#expectedLength = this.#length;
    this.#buffer = NOTHING;
    this.#length = 0;
    this.#frameCount = 0;
    return frames;
  }

  /** Sees to it that there is room, in the last frame or in a new one. */
  #begin(length: number): void {
    const isFull =
      this.#frameCount === this.#maximumBatchLength ||
      this.#length - this.#frameStart - HEADER_LENGTH + length > MAXIMUM_FRAME_LENGTH;
    this.#reserve(HEADER_LENGTH + length);
    if (this.#frameCount === 0 || isFull) {
      this.#frameStart = this.#length;
      this.#length += HEADER_LENGTH;
      this.#frameCount = 0;
    }
    this.#frameCount += 1;
  }

  #reserve(additional: number): void {
    const needed = this.#length + additional;
    if (needed <= this.#buffer.length) return;
    // Zeros: nothing of what the memory held before goes out.
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length, this.#expectedLength));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
const MAXIMUM_LENGTH = HEADER_LENGTH + MAXIMUM_FRAME_LENGTH;
/** A wire type of Protocol Buffers. */
const LENGTH_DELIMITED = 2;

/** Header included; undefined where the header is not all there. */
function frameLengthAt(bytes: Uint8Array, offset: number): number | undefined {
  if (offset + HEADER_LENGTH > bytes.length) return undefined;
  let length = 0;
  for (let index = 0; index < HEADER_LENGTH; index++) length = length * 256 + (bytes[offset + index] ?? 0);
  return HEADER_LENGTH + length;
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) length += 1;
  return length;
}

function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let position = offset;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) target[position++] = (rest & 0x7f) | 0x80;
  target[position++] = rest;
  return position;
}

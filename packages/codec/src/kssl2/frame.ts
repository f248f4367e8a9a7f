import { HEADER_LENGTH, MAXIMUM_FRAME_LENGTH } from './constants.js';
import { WireType } from './fields.js';

/** Takes what a {@link FrameDecoder} finds. Neither function may throw: the rest of the chunk would be lost. */
export interface FrameHandler {
  /**
   * Called for every frame, in the order in which they arrived.
   *
   * @param bytes in which the message lies from `start` to `end`; they are used for something else afterwards
   */
  onFrame(bytes: Uint8Array, start: number, end: number): void;
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
      const length = frameLengthAt(chunk, offset, chunk.length);
      if (length === undefined || (length <= MAXIMUM_LENGTH && offset + length > chunk.length)) {
        this.#keep(chunk.subarray(offset));
        return;
      }
      this.#take(chunk, offset, length);
      offset += length;
    }
  }

  /** @returns how much of the chunk the frame took that was begun in an earlier one */
  #completePart(chunk: Uint8Array): number {
    let taken = 0;
    for (;;) {
      const length = frameLengthAt(this.#part, 0, this.#partLength);
      const missing = (length ?? HEADER_LENGTH) - this.#partLength;
      if (length !== undefined && (missing === 0 || length > MAXIMUM_LENGTH)) {
        this.#partLength = 0;
        this.#take(this.#part, 0, length);
        if (this.#part.length > MOST_KEPT) this.#part = NOTHING;
        return taken;
      }
      if (taken === chunk.length) return taken;
      const piece = chunk.subarray(taken, taken + missing);
      this.#keep(piece);
      taken += piece.length;
    }
  }

  /** @param length of the whole frame */
  #take(bytes: Uint8Array, start: number, length: number): void {
    if (length <= MAXIMUM_LENGTH) {
      this.#handler.onFrame(bytes, start + HEADER_LENGTH, start + length);
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

/** Memory that a {@link FrameWriter} writes into, one byte after the other. */
export interface FrameMemory {
  /** What has been reserved; other memory after more has been, with what was in the first {@link length} bytes. */
  readonly bytes: Uint8Array;
  /** How many of them hold something. */
  length: number;
  /** Makes room for so many bytes more. */
  reserve(additional: number): void;
  /** What it holds, in memory that is the caller's from here on. It is empty then. */
  take(): Uint8Array;
}

/** Memory of its own for what is gathered until it is taken. */
class NewMemory implements FrameMemory {
  bytes = NOTHING;
  length = 0;
  /** As much as was gathered last time is likely to be gathered again. */
  #expectedLength = 0;

  reserve(additional: number): void {
    const needed = this.length + additional;
    if (needed <= this.bytes.length) return;
    // Zeros: nothing of what the memory held before goes out.
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length, this.#expectedLength));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.#expectedLength = this.length;
    this.bytes = NOTHING;
    this.length = 0;
    return taken;
  }
}

/** Gathers messages into as few frames as they fit into. */
export class FrameWriter {
  readonly #maximumBatchLength: number;
  readonly #memory: FrameMemory;
  /** Where the header of the last frame is, and how many messages the frame has. */
  #frameStart = 0;
  #frameCount = 0;

  /**
   * @param maximumBatchLength messages in a frame
   * @param memory nobody else writes into it. Default: memory of its own
   */
  constructor(maximumBatchLength: number, memory: FrameMemory = new NewMemory()) {
    this.#maximumBatchLength = maximumBatchLength;
    this.#memory = memory;
  }

  /** How many bytes have been gathered. */
  get length(): number {
    return this.#memory.length;
  }

  /** Where {@link begin} says that a message goes, until more is added. */
  get target(): Uint8Array {
    return this.#memory.bytes;
  }

  /**
   * Adds a message as a field of the frame's.
   *
   * @param field 1 to 15
   * @param message no longer than a frame; copied
   */
  add(field: number, message: Uint8Array): void {
    const offset = this.begin(field, message.length);
    this.target.set(message, offset);
  }

  /**
   * Like {@link add}, for a message that the caller writes, all of it, into {@link target}.
   *
   * @returns where it goes
   */
  begin(field: number, messageLength: number): number {
    const length = 1 + varintLength(messageLength) + messageLength;
    this.#beginField(length);
    const memory = this.#memory;
    memory.bytes[memory.length] = (field << 3) | WireType.LENGTH_DELIMITED;
    const offset = writeVarint(memory.bytes, memory.length + 1, messageLength);
    memory.length += length;
    writeUint32(memory.bytes, this.#frameStart, memory.length - this.#frameStart - HEADER_LENGTH);
    return offset;
  }

  /** All frames since the last call, in memory that is the caller's from here on. */
  take(): Uint8Array {
    this.#frameCount = 0;
    return this.#memory.take();
  }

  /** Sees to it that there is room, in the last frame or in a new one. */
  #beginField(length: number): void {
    const memory = this.#memory;
    const isFull =
      this.#frameCount === this.#maximumBatchLength ||
      memory.length - this.#frameStart - HEADER_LENGTH + length > MAXIMUM_FRAME_LENGTH;
    memory.reserve(HEADER_LENGTH + length);
    if (this.#frameCount === 0 || isFull) {
      this.#frameStart = memory.length;
      memory.length += HEADER_LENGTH;
      this.#frameCount = 0;
    }
    this.#frameCount += 1;
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** As much memory is kept for the beginnings of frames, in bytes: those of a busy edge are cut through all the time. */
const MOST_KEPT = 32 * 1024;

const MAXIMUM_LENGTH = HEADER_LENGTH + MAXIMUM_FRAME_LENGTH;

/** Header included; undefined where the header is not all there before `end`. */
function frameLengthAt(bytes: Uint8Array, offset: number, end: number): number | undefined {
  if (offset + HEADER_LENGTH > end) return undefined;
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

/** How many bytes a number takes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 0x7f; rest >>>= 7) length += 1;
  return length;
}

/** Writes a number and returns where it ends. */
export function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let position = offset;
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) target[position++] = (rest & 0x7f) | 0x80;
  target[position++] = rest;
  return position;
}

import { addon } from './addon.js';
import { BatchFormatError } from './key-errors.js';
import type { BatchStatus, OperationCode, OperationOptions } from './operation-code.js';

// The layout of batches, which cc/keys/batch.cc reads and writes too. A batch never leaves its process, so words are
// 32-bit integers in the machine's byte order.
//
// Requests: the count; then each request, starting at a whole word, as three words and its payload:
//   key handle | operation code (bits 0-7), flags (bits 8-15), client version (bits 16-31) | length | payload
// Answers: the count; then for each request in order three words; then the answers' bytes, anywhere after that:
//   status | offset from the start of the buffer | length
// What follows the last request or answer is room that was not needed.
const wordSize = 4;
const recordWords = 3;
const payloadIsMessage = 1;

interface BatchAddon {
  performBatch(requests: ArrayBuffer): ArrayBuffer | undefined;
}

/**
 * Performs the requests of a {@link BatchWriter} in the calling thread, which is busy as long as that takes. A request
 * that fails fails alone.
 *
 * @param requests the whole buffer that {@link BatchWriter.finish} gave; it is left as it is
 * @returns the answers, for a {@link BatchReader}: a buffer of its own, free to be transferred to another thread
 * @throws BatchFormatError if the buffer does not hold a batch
 */
export function performBatch(requests: ArrayBuffer): ArrayBuffer {
  const answers = (addon as BatchAddon).performBatch(requests);
  if (answers === undefined) throw new BatchFormatError('the buffer does not hold a batch of requests');
  return answers;
}

/** Packs requests into one buffer that {@link performBatch} takes, in this or in another thread. */
export class BatchWriter {
  #bytes = new Uint8Array(0);
  #words = new Uint32Array(0);
  #end = wordSize;
  #count = 0;
  readonly #capacity: number;

  /** @param capacity bytes that a new buffer starts with, default 4096; it grows as needed */
  constructor(capacity = 4096) {
    this.#capacity = Math.max(capacity, wordSize);
  }

  /** Requests added since the last {@link finish}. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds a request.
   *
   * @param keyHandle {@link PrivateKey.handle}
   * @param payload copied; what it holds depends on the operation, see {@link OperationCode}
   */
  add(keyHandle: number, operation: OperationCode, payload: Uint8Array, options?: OperationOptions): void {
    const payloadStart = this.#end + recordWords * wordSize;
    const end = roundUp(payloadStart + payload.length);
    if (end > this.#bytes.length) this.#grow(end);
    const flags = options?.payloadIsMessage === true ? payloadIsMessage : 0;
    const word = this.#end / wordSize;
    this.#words[word] = keyHandle;
    this.#words[word + 1] = operation | (flags << 8) | ((options?.clientVersion ?? 0) << 16);
    this.#words[word + 2] = payload.length;
    this.#bytes.set(payload, payloadStart);
    this.#end = end;
    this.#count += 1;
  }

  /** The buffer with all requests added, the caller's from here on. The writer starts an empty one. */
  finish(): ArrayBuffer {
    if (this.#count === 0) this.#grow(wordSize);
    this.#words[0] = this.#count;
    const { buffer } = this.#bytes;
    this.#bytes = new Uint8Array(0);
    this.#words = new Uint32Array(0);
    this.#end = wordSize;
    this.#count = 0;
    return buffer;
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(roundUp(Math.max(needed, this.#capacity, 2 * this.#bytes.length)));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#words = new Uint32Array(bytes.buffer);
  }
}

/** Reads the answers that {@link performBatch} gave: one for each request, in the same order. */
export class BatchReader {
  /** How many answers there are. */
  readonly count: number;
  /** All that the buffer holds. */
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;

  /** @throws BatchFormatError if the buffer does not hold a batch of answers */
  constructor(answers: ArrayBuffer) {
    this.bytes = new Uint8Array(answers);
    this.#words = new Uint32Array(answers, 0, Math.floor(answers.byteLength / wordSize));
    const count = this.#words[0];
    if (count === undefined || 1 + count * recordWords > this.#words.length)
      throw new BatchFormatError('the buffer does not hold a batch of answers');
    this.count = count;
  }

  /** How the request at `index` (0 to `count` - 1) ended. */
  status(index: number): BatchStatus {
    return this.#word(index, 0) as BatchStatus;
  }

  /** The answer to the request at `index` as a view into the buffer; empty unless its status is `ok`. */
  answer(index: number): Uint8Array {
    return this.bytes.subarray(this.start(index), this.end(index));
  }

  /** Where in {@link bytes} it begins. */
  start(index: number): number {
    return this.#word(index, 1);
  }

  /** Where in {@link bytes} it ends. */
  end(index: number): number {
    return this.#word(index, 1) + this.#word(index, 2);
  }

  #word(index: number, field: number): number {
    const word = index < this.count ? this.#words[1 + index * recordWords + field] : undefined;
    if (word === undefined) throw new RangeError(`there is no answer ${index} among ${this.count}`);
    return word;
  }
}

function roundUp(length: number): number {
  return Math.ceil(length / wordSize) * wordSize;
}

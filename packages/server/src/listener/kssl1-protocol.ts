import { ErrorCode, FrameDecoder, type FrameHandler, RequestDecoder } from '@latchkey/codec/kssl1';
import type { OperationFailure } from '../operations/failure.js';
import { AnswerBuffer } from './answer-buffer.js';
import type { AnswerMemory } from './answer-memory.js';
import { AnswerWriter } from './answer-writer.js';
import type { EdgeProtocol, RequestReceiver } from './edge-protocol.js';
import { ERROR_CODES } from './error-codes.js';
import type { Slab } from '../slab.js';

/** Keyless SSL v1: docs/protocol/kssl1.md. */
export class Kssl1Protocol implements EdgeProtocol, FrameHandler {
  readonly #receiver: RequestReceiver;
  readonly #decoder = new FrameDecoder(this);
  readonly #requests: RequestDecoder;
  readonly #buffer: AnswerBuffer;
  readonly #answers: AnswerWriter;

  /**
   * @param slab where the bytes of requests go
   * @param answerMemory where answers are written
   */
  constructor(receiver: RequestReceiver, slab: Slab, answerMemory: AnswerMemory) {
    this.#buffer = new AnswerBuffer(answerMemory);
    this.#answers = new AnswerWriter(this.#buffer);
    this.#receiver = receiver;
    this.#requests = new RequestDecoder((bytes, start, end) => slab.copy(bytes, start, end));
  }

  get answersLength(): number {
    return this.#buffer.length;
  }

  push(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
  }

  succeed(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.#answers.success(id, bytes, start, end);
  }

  fail(id: number, failure: OperationFailure): void {
    this.#answers.error(id, ERROR_CODES[failure]);
  }

  /** There is no word for it, and none to ask for them. */
  sendCertificates(): void {}

  /** There is no word for it. */
  goAway(): void {}

  takeAnswers(): Uint8Array {
    return this.#buffer.take();
  }

  answersWritten(answers: Uint8Array): void {
    this.#buffer.written(answers);
  }

  onFrame(id: number, bytes: Uint8Array, start: number, end: number): void {
    const request = this.#requests.decode(bytes, start, end);
    if ('kind' in request) {
      this.#answers.error(id, request.code);
      this.#receiver.onUnreadable({ error: request.code, reason: request.reason });
    } else if (request.operation.type === 'ping') {
      this.#answers.pong(id, request.operation.payload);
      this.#receiver.onPing();
    } else {
      this.#receiver.onRequest(id, request, { length: end - start });
    }
  }

  onVersionMismatch(id: number, majorVersion: number): void {
    this.#answers.error(id, ErrorCode.VERSION_MISMATCH);
    this.#receiver.onUnreadable({
      error: ErrorCode.VERSION_MISMATCH,
      reason: `protocol version ${majorVersion}`,
    });
    this.#receiver.onUnframed();
  }
}

import { decodeRequest, ErrorCode, type Frame, FrameDecoder, type FrameHandler } from '@latchkey/codec/kssl1';
import type { OperationFailure } from '../operations/failure.js';
import { AnswerWriter } from './answer-writer.js';
import type { EdgeProtocol, RequestReceiver } from './edge-protocol.js';
import { ERROR_CODES } from './error-codes.js';

/** Keyless SSL v1: docs/protocol/kssl1.md. */
export class Kssl1Protocol implements EdgeProtocol, FrameHandler {
  readonly #receiver: RequestReceiver;
  readonly #decoder = new FrameDecoder(this);
  readonly #answers = new AnswerWriter();

  constructor(receiver: RequestReceiver) {
    this.#receiver = receiver;
  }

  get answersLength(): number {
    return this.#answers.length;
  }

  push(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
  }

  succeed(id: number, answer: Uint8Array): void {
    this.#answers.success(id, answer);
  }

  fail(id: number, failure: OperationFailure): void {
    this.#answers.error(id, ERROR_CODES[failure]);
  }

  /** There is no word for it, and none to ask for them. */
  sendCertificates(): void {}

  /** There is no word for it. */
  goAway(): void {}

  takeAnswers(): Uint8Array {
    return this.#answers.take();
  }

  onFrame({ id, body }: Frame): void {
    const decoding = decodeRequest(body);
    if (decoding.kind === 'refused') {
      const { code, reason } = decoding;
      this.#answers.error(id, code);
      this.#receiver.onUnreadable({ error: code, reason });
    } else if (decoding.request.operation.type === 'ping') {
      this.#answers.pong(id, decoding.request.operation.payload);
      this.#receiver.onPing();
    } else {
      this.#receiver.onRequest(id, decoding.request, { length: body.length });
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

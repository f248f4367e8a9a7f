import {
  answerLength,
  ERROR_ANSWER_LENGTH,
  type ErrorCode,
  writeError,
  writePong,
  writeSuccess,
} from '@latchkey/codec/kssl1';
import type { AnswerBuffer } from './answer-buffer.js';

/** Writes answers in Keyless SSL v1. */
export class AnswerWriter {
  readonly #buffer: AnswerBuffer;

  constructor(buffer: AnswerBuffer) {
    this.#buffer = buffer;
  }

  /** @param start where in these bytes the payload begins, and `end` */
  success(id: number, bytes: Uint8Array, start: number, end: number): void {
    const buffer = this.#buffer;
    buffer.reserve(answerLength(end - start));
    buffer.length = writeSuccess(buffer.bytes, buffer.length, id, bytes, start, end);
  }

  pong(id: number, payload: Uint8Array): void {
    const buffer = this.#buffer;
    buffer.reserve(answerLength(payload.length));
    buffer.length = writePong(buffer.bytes, buffer.length, id, payload);
  }

  error(id: number, code: ErrorCode): void {
    const buffer = this.#buffer;
    buffer.reserve(ERROR_ANSWER_LENGTH);
    buffer.length = writeError(buffer.bytes, buffer.length, id, code);
  }
}

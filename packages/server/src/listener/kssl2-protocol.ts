import type { OperationFailure } from '../operations/failure.js';
import { ErrorCode as Kssl1ErrorCode } from '@latchkey/codec/kssl1';
import {
  addResult,
  type Certificates,
  type CertificateSubscription,
  type EdgeFrameHandler,
  EdgeFrameReader,
  encodeCapabilities,
  encodeCertificates,
  encodeError,
  encodeGoingAway,
  encodePing,
  ErrorCode,
  FrameDecoder,
  type FrameHandler,
  FrameWriter,
  GoingAwayReason,
  KeyServerField,
  MAXIMUM_BATCH_LENGTH,
  type RequestDecoding,
} from '@latchkey/codec/kssl2';
import { AnswerBuffer } from './answer-buffer.js';
import type { AnswerMemory } from './answer-memory.js';
import type { CancellableRequest, EdgeProtocol, RequestReceiver } from './edge-protocol.js';
import { KSSL2_ERRORS } from './error-codes.js';
import type { Slab } from '../slab.js';

/** kssl2: docs/protocol/kssl2.md. */
export class Kssl2Protocol implements EdgeProtocol, FrameHandler, EdgeFrameHandler {
  readonly #receiver: RequestReceiver;
  readonly #decoder = new FrameDecoder(this);
  readonly #frames: EdgeFrameReader;
  readonly #buffer: AnswerBuffer;
  readonly #answers: FrameWriter;
  /** Requests that have not been answered, by their ids. */
  readonly #unanswered = new Map<number, CancellableRequest | undefined>();
  #isGoingAway = false;
  /** Nothing that comes any more can be read. */
  #isUnframed = false;

  /**
   * @param maximumInFlight requests at once that are worked on
   * @param slab where the bytes of requests go
   * @param answerMemory where answers are written
   */
  constructor(receiver: RequestReceiver, maximumInFlight: number, slab: Slab, answerMemory: AnswerMemory) {
    this.#receiver = receiver;
    this.#frames = new EdgeFrameReader(this, (bytes, start, end) => slab.copy(bytes, start, end));
    this.#buffer = new AnswerBuffer(answerMemory);
    this.#answers = new FrameWriter(MAXIMUM_BATCH_LENGTH, this.#buffer);
    this.#answers.add(KeyServerField.CAPABILITIES, encodeCapabilities({ maximumInFlight }));
  }

  get answersLength(): number {
    return this.#answers.length;
  }

  push(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
  }

  succeed(id: number, bytes: Uint8Array, start: number, end: number): void {
    this.#unanswered.delete(id);
    addResult(this.#answers, id, bytes, start, end);
  }

  fail(id: number, failure: OperationFailure, retryAfter = 0): void {
    this.#unanswered.delete(id);
    const error = { kind: 'error', ...KSSL2_ERRORS[failure], retryAfter, reason: failure } as const;
    this.#answers.add(KeyServerField.ANSWERS, encodeError(id, error));
  }

  sendCertificates(certificates: Certificates): void {
    this.#answers.add(KeyServerField.CERTIFICATES, encodeCertificates(certificates));
  }

  goAway(): void {
    this.#sayGoingAway(GoingAwayReason.DRAINING);
  }

  takeAnswers(): Uint8Array {
    return this.#answers.take();
  }

  answersWritten(answers: Uint8Array): void {
    this.#buffer.written(answers);
  }

  onFrame(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isUnframed) return;
    const malformation = this.#frames.read(bytes, start, end);
    if (malformation !== undefined) this.#giveUp(malformation);
  }

  onFrameTooLong(): void {
    this.#giveUp('frame_too_long');
  }

  onRequest(decoding: RequestDecoding, length: number): void {
    if (this.#isUnframed) return;
    if (decoding.kind === 'unreadable') {
      this.#giveUp(decoding.reason);
    } else if (this.#unanswered.has(decoding.id)) {
      this.#giveUp('id_in_use');
    } else if (decoding.kind === 'refused') {
      this.#refuse(decoding);
    } else {
      const { id, request, timeout } = decoding;
      this.#unanswered.set(id, undefined);
      const pending = this.#receiver.onRequest(id, request, { length, timeout });
      // What is performed by somebody else may have failed already.
      if (pending !== undefined && this.#unanswered.has(id)) this.#unanswered.set(id, pending);
    }
  }

  onCancel(id: number): void {
    this.#unanswered.get(id)?.cancel();
  }

  onPing(payload: Uint8Array): void {
    this.#answers.add(KeyServerField.PONG, encodePing(payload));
    this.#receiver.onPing();
  }

  onCertificateSubscription(subscription: CertificateSubscription): void {
    if (this.#isUnframed) return;
    if (!this.#receiver.onCertificateSubscription(subscription)) this.#giveUp('too_many_subscriptions');
  }

  #refuse(refused: Extract<RequestDecoding, { readonly kind: 'refused' }>): void {
    const { id, code, reason, operation, ski } = refused;
    this.#answers.add(
      KeyServerField.ANSWERS,
      encodeError(id, { kind: 'error', code, retryable: false, retryAfter: 0, reason }),
    );
    const error = CODES_IN_METRICS.get(code) ?? Kssl1ErrorCode.MALFORMED_MESSAGE;
    this.#receiver.onUnreadable({ error, reason, operation, ski });
  }

  #giveUp(reason: string): void {
    this.#isUnframed = true;
    this.#sayGoingAway(GoingAwayReason.PROTOCOL_ERROR);
    this.#receiver.onUnreadable({ error: Kssl1ErrorCode.MALFORMED_MESSAGE, reason });
    this.#receiver.onUnframed();
  }

  #sayGoingAway(reason: GoingAwayReason): void {
    if (this.#isGoingAway && reason === GoingAwayReason.DRAINING) return;
    this.#isGoingAway = true;
    this.#answers.add(KeyServerField.GOING_AWAY, encodeGoingAway(reason));
  }
}

/** Metrics have the errors of v1. */
const CODES_IN_METRICS: ReadonlyMap<ErrorCode, Kssl1ErrorCode> = new Map([
  [ErrorCode.UNSUPPORTED, Kssl1ErrorCode.BAD_OPCODE],
  [ErrorCode.DEADLINE_EXCEEDED, Kssl1ErrorCode.INTERNAL_ERROR],
]);

import type { Operation, OperationRequest } from '@latchkey/codec';
import type { ErrorCode } from '@latchkey/codec/kssl1';
import type { Certificates, CertificateSubscription } from '@latchkey/codec/kssl2';
import type { OperationFailure } from '../operations/failure.js';

/**
 * How requests and answers look on an edge's connection. Reads requests, and gathers the answers of a turn of the event
 * loop so that they leave in one write.
 */
export interface EdgeProtocol {
  /** How many bytes of answers have been gathered. */
  readonly answersLength: number;
  /**
   * Takes the next bytes from the edge; what they say goes to the {@link RequestReceiver}.
   *
   * @param chunk bytes that are there until this returns: what is incomplete must be copied
   */
  push(chunk: Uint8Array): void;
  /**
   * Answers a request whose operation was performed.
   *
   * @param start where in these bytes the answer begins, and `end`
   */
  succeed(id: number, bytes: Uint8Array, start: number, end: number): void;
  /**
   * Answers a request whose operation was not performed.
   *
   * @param retryAfter for how long such requests are of no use, in milliseconds; 0 where that is not known
   */
  fail(id: number, failure: OperationFailure, retryAfter?: number): void;
  /** Sends certificates for which the edge has asked by a subscription. */
  sendCertificates(certificates: Certificates): void;
  /** Tells the edge, where the protocol can, to send its next requests elsewhere. */
  goAway(): void;
  /** All answers since the last call, in memory that is the caller's until {@link answersWritten}, or for good. */
  takeAnswers(): Uint8Array;
  /** What {@link takeAnswers} gave is not needed any more: its memory may be used again. */
  answersWritten(answers: Uint8Array): void;
}

/** Takes what an {@link EdgeProtocol} reads. */
export interface RequestReceiver {
  /**
   * A request has come: answers it, now or later, exactly once. Its bytes stay as they are.
   *
   * @returns what may be cancelled, where it is answered later
   */
  onRequest(id: number, request: OperationRequest, details: RequestDetails): CancellableRequest | undefined;
  /**
   * The edge wants the certificates of a site, from now on.
   *
   * @returns false where it wants too many
   */
  onCertificateSubscription(subscription: CertificateSubscription): boolean;
  /** A ping has come; the protocol has answered it. */
  onPing(): void;
  /** A request that cannot be read has come; the protocol has answered it, where it can be answered. */
  onUnreadable(unreadable: UnreadableRequest): void;
  /** What comes from here on cannot be read: the connection is to be closed once all that is owed is answered. */
  onUnframed(): void;
}

/** What the protocol knows of a request beside what it asks for. */
export interface RequestDetails {
  /** Bytes that it took. */
  readonly length: number;
  /** How long the answer is wanted, in milliseconds from now. Default: as long as requests are. */
  readonly timeout?: number | undefined;
}

/** A request that is worked on. */
export interface CancellableRequest {
  /** Nobody wants the answer any more: what has not been begun is dropped. It is answered all the same. */
  cancel(): void;
}

/** Why a request was not read. */
export interface UnreadableRequest {
  /** What it is counted under. */
  readonly error: ErrorCode;
  /** In a word, for the log. */
  readonly reason: string;
  /** What it asked for and with which key, as far as that could be read. */
  readonly operation?: Operation['type'] | undefined;
  readonly ski?: Uint8Array | undefined;
}

import type { OperationRequest } from '@latchkey/codec';
import type { ErrorCode } from '@latchkey/codec/kssl1';
import type { TraceSpan } from '@latchkey/tracing';
import type { OperationTimes } from '../metrics/operation-recorder.js';
import type { OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import type { PolicyOperation } from '../policy/policy-operation.js';
import type { Job } from '../pool/job.js';
import type { Connection } from './connection.js';
import type { CancellableRequest } from './edge-protocol.js';

/** What is known of a request when it has been found to be one for a private key. */
export interface PendingRequestFacts {
  readonly id: number;
  /** What is counted and logged. */
  readonly name: PolicyOperation;
  /** For the audit log; none: it is not kept. */
  readonly audited: OperationRequest | undefined;
  /** Bytes of the request's body. */
  readonly length: number;
  readonly operation: PrivateKeyOperation;
  /** In milliseconds on the clock of `performance.now()`, like all times here. */
  readonly arrivedAt: number;
  readonly deadline: number;
  /** None: nobody traces it. */
  readonly span: TraceSpan | undefined;
}

/** A request that an edge waits for the answer to. */
export class PendingRequest implements Job, OperationTimes, CancellableRequest {
  readonly facts: PendingRequestFacts;
  begunAt: number | undefined;
  answeredAt: number | undefined;
  /** With which code it was answered; none where the operation was performed. */
  error: ErrorCode | undefined;
  readonly #connection: Connection;
  #isCancelled = false;

  constructor(connection: Connection, facts: PendingRequestFacts) {
    this.#connection = connection;
    this.facts = facts;
  }

  get operation(): PrivateKeyOperation {
    return this.facts.operation;
  }

  get arrivedAt(): number {
    return this.facts.arrivedAt;
  }

  get deadline(): number {
    return this.facts.deadline;
  }

  get wanted(): boolean {
    return !this.#isCancelled && this.#connection.open;
  }

  cancel(): void {
    this.#isCancelled = true;
  }

  complete(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.#connection.complete(this, bytes, start, end);
  }

  fail(failure: OperationFailure): void {
    this.#connection.fail(this, failure);
  }
}

import type { OperationRequest } from '@latchkey/codec';
import type { OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import { policyOperationOf } from '../policy/policy-operation.js';
import type { Job } from '../pool/job.js';
import type { Connection } from './connection.js';

/** A request that an edge waits for the answer to. */
export class PendingRequest implements Job {
  readonly id: number;
  readonly request: OperationRequest;
  /** What is counted and logged: the signature scheme or the operation's type. */
  readonly name: string;
  /** Bytes of the request's body. */
  readonly length: number;
  readonly operation: PrivateKeyOperation;
  /** In milliseconds on the clock of `performance.now()`, like all times here. */
  readonly arrivedAt: number;
  readonly deadline: number;
  begunAt: number | undefined;
  answeredAt: number | undefined;
  readonly #connection: Connection;

  constructor(
    connection: Connection,
    id: number,
    request: OperationRequest,
    length: number,
    operation: PrivateKeyOperation,
    arrivedAt: number,
    deadline: number,
  ) {
    this.#connection = connection;
    this.id = id;
    this.request = request;
    this.name = policyOperationOf(request.operation);
    this.length = length;
    this.operation = operation;
    this.arrivedAt = arrivedAt;
    this.deadline = deadline;
  }

  get wanted(): boolean {
    return this.#connection.open;
  }

  complete(answer: Uint8Array): void {
    this.#connection.complete(this, answer);
  }

  fail(failure: OperationFailure): void {
    this.#connection.fail(this, failure);
  }
}

import type { OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import type { Job } from '../pool/job.js';
import type { Connection } from './connection.js';

/** A request that an edge waits for the answer to. */
export class PendingRequest implements Job {
  readonly id: number;
  /** What is counted and logged: the signature scheme or the operation's type. */
  readonly name: string;
  /** Bytes of the request's body. */
  readonly length: number;
  readonly operation: PrivateKeyOperation;
  readonly deadline: number;
  readonly #connection: Connection;

  constructor(
    connection: Connection,
    id: number,
    name: string,
    length: number,
    operation: PrivateKeyOperation,
    deadline: number,
  ) {
    this.#connection = connection;
    this.id = id;
    this.name = name;
    this.length = length;
    this.operation = operation;
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

import { errorOf, type OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import type { Job } from './job.js';

/** A job that somebody in this process awaits. */
export class PromisedJob implements Job {
  /** A copy of the answer; rejects with a `KeyServiceError`. */
  readonly answer: Promise<Uint8Array>;
  readonly operation: PrivateKeyOperation;
  readonly deadline: number;
  wanted = true;
  #resolve!: (answer: Uint8Array) => void;
  #reject!: (error: Error) => void;

  constructor(operation: PrivateKeyOperation, deadline: number) {
    this.operation = operation;
    this.deadline = deadline;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  complete(bytes: Uint8Array, start?: number, end?: number): void {
    this.#resolve(bytes.slice(start, end));
  }

  fail(failure: OperationFailure): void {
    this.#reject(errorOf(failure));
  }

  /** Rejects at once; the pool drops the job when its turn comes. */
  cancel(): void {
    this.wanted = false;
    this.fail('cancelled');
  }
}

import type { OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';

/**
 * An operation under way: what to do, by when, and who waits for it. Exactly one of {@link complete} and {@link fail}
 * is called, once; neither may throw.
 */
export interface Job {
  readonly operation: PrivateKeyOperation;
  /** In milliseconds on the clock of `performance.now()`. */
  readonly deadline: number;
  /** False as soon as nobody waits for the answer: then it need not be computed. */
  readonly wanted: boolean;
  /** When a worker or key store began it, on the clock of {@link deadline}; whoever gives it to them says so. */
  begunAt?: number | undefined;
  /** When they had its answer. */
  answeredAt?: number | undefined;
  /**
   * @param bytes that hold the answer, during the call only
   * @param start where in them it begins, and `end`. Default: it is all of them
   */
  complete(bytes: Uint8Array, start?: number, end?: number): void;
  fail(failure: OperationFailure): void;
}

/** Performs jobs, and answers each exactly once. */
export interface JobExecutor {
  submit(job: Job): void;
}

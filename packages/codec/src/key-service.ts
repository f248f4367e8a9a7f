import type { OperationRequest } from './operation.js';

/** How long an operation may take and who may call it off. */
export interface PerformOptions {
  /** When the answer is no longer wanted, in milliseconds on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Aborted when the requester has gone away: the operation is dropped where that is still possible. */
  readonly signal?: AbortSignal;
}

/**
 * "Perform this operation with the key of this name, answer or fail by this deadline": the one idea of the house.
 * Worker pools, hardware tokens and remote key servers all are key services; an edge takes any of them.
 */
export interface KeyService {
  /**
   * Performs one operation.
   *
   * @returns the signature, plaintext, blob or payload that answers the operation
   * @throws {@link KeyServiceError} of the code that says why not; never later than a moment after the deadline
   */
  perform(request: OperationRequest, options: PerformOptions): Promise<Uint8Array>;
  /** Stops taking operations, fails those in flight and frees what is held. Idempotent. */
  close(): Promise<void>;
}

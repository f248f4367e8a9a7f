import type { OperationHolder, PendingOperation } from './pending-operation.js';

/** An established connection to a key server, in the protocol that both ends speak. */
export interface Channel extends OperationHolder {
  /** Requests that the key server has not answered, given-up ones included: it works on them all the same. */
  readonly inFlight: number;
  /** Whether one more operation may be sent. */
  readonly hasCapacity: boolean;
  /** Whether the key server has answered anything yet, and so has accepted this client. */
  readonly answered: boolean;
  /**
   * Sends an operation and sees to it that it settles with the answer. Only where there is capacity.
   *
   * @throws {UnencodableMessageError} when the protocol cannot say it; nothing has happened then
   */
  send(operation: PendingOperation): void;
  /** Stops everything after the connection has broken, and returns the operations that got no answer. */
  abandon(): PendingOperation[];
}

/** Told when a channel that may have been full has capacity, or when it has answered for the first time. */
export type ChannelProgress = () => void;

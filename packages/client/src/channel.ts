import type { OperationRequest } from '@latchkey/codec';

/** One sending of an operation to a key server: what a channel carries. */
export interface Attempt {
  readonly request: OperationRequest;
  /** When nobody waits for it any more, in milliseconds on the clock of `performance.now()`. */
  readonly deadline: number;
  /** The key server has answered. Told also when the attempt was cancelled. Takes the payload, which may be secret. */
  succeed(payload: Uint8Array): void;
  /** The key server has refused. Told also when the attempt was cancelled. */
  fail(error: Error): void;
  /** The connection has ended before the key server answered. The error says why. */
  interrupt(error: Error): void;
}

/** An established connection to a key server, in the protocol that both ends speak. */
export interface Channel {
  /** Requests that the key server has not answered, cancelled ones included where it works on them all the same. */
  readonly inFlight: number;
  /** Whether one more attempt may be sent. */
  readonly hasCapacity: boolean;
  /** Whether the key server has answered anything yet, and so has accepted this client. */
  readonly answered: boolean;
  /**
   * For how long the key server has owed something, be it a pong, and sent nothing at all, in milliseconds; 0 where it
   * owes nothing.
   *
   * @param now on the clock of `performance.now()`
   */
  silence(now: number): number;
  /**
   * Sends an attempt and tells it of the answer. Only where there is capacity.
   *
   * @returns what names the attempt in {@link cancel}
   * @throws {UnencodableMessageError} when the protocol cannot say it; nothing has happened then
   */
  send(attempt: Attempt): number;
  /** Nobody waits any more for the answer to an attempt, which has not come yet. */
  cancel(id: number): void;
  /** Asks the key server for a sign of life, unless it owes one already. */
  ping(): void;
  /** Stops everything after the connection has broken, and returns the attempts that got no answer and were not cancelled. */
  abandon(): Attempt[];
}

/** Told when a channel that may have been full has capacity, or when it has answered for the first time. */
export type ChannelProgress = () => void;

import { KeyServerUnreachableError, KeyServiceError } from '@latchkey/codec';
import type { ConnectionFailure, ConnectionFailureReason } from './failure.js';

/** An option of the client is wrong. The message says which, and what to do. */
export class ConfigurationError extends Error {
  readonly code = 'LATCHKEY_CLIENT_CONFIGURATION';
  /** The option's name, with its place in lists: e.g. `keyServers[1].port`. */
  readonly option: string;

  constructor(option: string, problem: string, options?: ErrorOptions) {
    super(`${option} ${problem}`, options);
    this.option = option;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** No key server could be reached, or the connection broke before the operation was answered. Says which and why. */
export class KeyServerConnectionError extends KeyServerUnreachableError {
  /** What failed last at each key server that was tried; never empty. */
  readonly failures: readonly [ConnectionFailure, ...ConnectionFailure[]];

  constructor(failures: readonly [ConnectionFailure, ...ConnectionFailure[]]) {
    super(failures.map(({ server, message }) => `key server ${server} ${message}`).join('; '));
    this.failures = failures;
  }

  /** Why the first of {@link failures} failed. */
  get reason(): ConnectionFailureReason {
    return this.failures[0].reason;
  }
}

/** What an operation is told whose key server was taken from the list, and has not answered all the while since. */
export function notListedError(server: string): KeyServerConnectionError {
  return new KeyServerConnectionError([{ server, reason: 'closed', message: 'is not listed any more' }]);
}

/** As many operations as `maximumWaiting` allows wait for a key server already. */
export class TooManyOperationsError extends KeyServiceError {
  readonly code = 'LATCHKEY_TOO_MANY_OPERATIONS';
}

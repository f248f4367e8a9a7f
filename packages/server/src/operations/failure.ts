import {
  CryptographyFailedError,
  DeadlineExceededError,
  InternalError,
  KeyNotFoundError,
  type KeyServiceError,
  KeyServiceClosedError,
  OperationCancelledError,
  RemoteConfigurationError,
} from '@latchkey/codec';

/**
 * Why an operation was not performed. A name and not an error: on the path that answers edges, no error object is made.
 */
export type OperationFailure =
  /** The cryptography failed, or the operation does not fit the key or is not allowed. */
  | 'cryptography_failed'
  | 'key_not_found'
  /** Nothing is configured that could perform it. */
  | 'not_configured'
  | 'deadline_exceeded'
  /** Nobody waits for the answer any more. */
  | 'cancelled'
  | 'closed'
  | 'internal';

/** The error that says the same to a caller of `KeyService.perform`. */
export function errorOf(failure: OperationFailure): KeyServiceError {
  return new ERRORS[failure].type(ERRORS[failure].message);
}

const ERRORS: Readonly<
  Record<
    OperationFailure,
    { readonly type: new (message: string) => KeyServiceError; readonly message: string }
  >
> = {
  cryptography_failed: {
    type: CryptographyFailedError,
    message: 'The operation failed, does not fit the key, or is not allowed',
  },
  key_not_found: { type: KeyNotFoundError, message: 'There is no such key' },
  not_configured: { type: RemoteConfigurationError, message: 'Nothing is configured for this operation' },
  deadline_exceeded: {
    type: DeadlineExceededError,
    message: 'The operation was not performed before its deadline',
  },
  cancelled: { type: OperationCancelledError, message: 'The operation was called off' },
  closed: { type: KeyServiceClosedError, message: 'The key service has been closed' },
  internal: { type: InternalError, message: 'The operation failed for a reason inside the key service' },
};

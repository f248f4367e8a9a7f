import {
  CryptographyFailedError,
  DeadlineExceededError,
  InternalError,
  KeyNotFoundError,
  type KeyServiceError,
  KeyServiceClosedError,
  OperationCancelledError,
  RemoteConfigurationError,
  SealingKeyExpiredError,
} from '@latchkey/codec';
import type { CredentialRefusal } from './delegated-credential.js';

/**
 * Why an operation was not performed. A name and not an error: on the path that answers edges, no error object is made.
 */
export type OperationFailure =
  /** The cryptography failed, or the operation does not fit the key. */
  | 'cryptography_failed'
  | Denial
  | CredentialRefusal
  | 'key_not_found'
  /** Nothing is configured that could perform it. */
  | 'not_configured'
  /** The blob was sealed too long ago. */
  | 'sealing_key_expired'
  /** It would have to be recorded, and cannot be. */
  | 'audit_unavailable'
  /** As many operations are under way as there may be. */
  | 'overloaded'
  | 'deadline_exceeded'
  /** Nobody waits for the answer any more. */
  | 'cancelled'
  | 'closed'
  | 'internal';

/**
 * Why an operation that could have been performed was refused. Edges are told that the cryptography failed: the protocol
 * knows no other word for it, and the operator is told in full.
 */
export type Denial =
  /** No rule of the policy allows it. */
  | 'not_allowed'
  /** A rule of the policy denies it. */
  | 'denied'
  /** The client has had as many operations as its rate limit allows. */
  | 'rate_limited';

/** Whether an operation was refused because of who asked for it. */
export function isDenial(failure: OperationFailure): failure is Denial {
  return failure === 'not_allowed' || failure === 'denied' || failure === 'rate_limited';
}

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
    message: 'The operation failed or does not fit the key',
  },
  not_allowed: { type: CryptographyFailedError, message: 'The operation is not allowed' },
  denied: { type: CryptographyFailedError, message: 'The operation is denied' },
  rate_limited: { type: CryptographyFailedError, message: 'There were too many operations' },
  credential_certificate: {
    type: CryptographyFailedError,
    message: 'The certificate is not one of the key that allows delegated credentials',
  },
  credential_lifetime: {
    type: CryptographyFailedError,
    message: 'The delegated credential would end too late, or has ended',
  },
  credential_key: {
    type: CryptographyFailedError,
    message: 'The key of the delegated credential does not fit its scheme',
  },
  key_not_found: { type: KeyNotFoundError, message: 'There is no such key' },
  not_configured: { type: RemoteConfigurationError, message: 'Nothing is configured for this operation' },
  sealing_key_expired: { type: SealingKeyExpiredError, message: 'The blob was sealed too long ago' },
  audit_unavailable: { type: InternalError, message: 'The operation cannot be recorded' },
  overloaded: { type: InternalError, message: 'There are too many operations' },
  deadline_exceeded: {
    type: DeadlineExceededError,
    message: 'The operation was not performed before its deadline',
  },
  cancelled: { type: OperationCancelledError, message: 'The operation was called off' },
  closed: { type: KeyServiceClosedError, message: 'The key service has been closed' },
  internal: { type: InternalError, message: 'The operation failed for a reason inside the key service' },
};

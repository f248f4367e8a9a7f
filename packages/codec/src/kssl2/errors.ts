import {
  CryptographyFailedError,
  DeadlineExceededError,
  InternalError,
  KeyNotFoundError,
  type KeyServiceError,
  type KeyServiceErrorOptions,
  MalformedMessageError,
  OperationCancelledError,
  OperationNotAllowedError,
  OverloadedError,
  RateLimitedError,
  RemoteConfigurationError,
  SealingKeyExpiredError,
  UnsupportedOperationError,
} from '../errors.js';
import { ErrorCode } from './constants.js';
import type { AnsweredError } from './key-server-frame.js';

/** The failure that an error means to the requester; a code from a later version becomes an {@link InternalError}. */
export function keyServiceErrorOf({ code, reason, retryable, retryAfter }: AnsweredError): KeyServiceError {
  const options = { retryAdvice: { isRetryable: retryable, retryAfter } };
  const failure = FAILURES.get(code);
  const details = reason === '' ? '' : ` (${reason})`;
  if (failure === undefined) {
    return new InternalError(`The key server answered with unknown error ${code}${details}`, options);
  }
  return new failure.type(`The key server answered: ${failure.meaning}${details}`, options);
}

const FAILURES: ReadonlyMap<
  number,
  {
    readonly type: new (message: string, options: KeyServiceErrorOptions) => KeyServiceError;
    readonly meaning: string;
  }
> = new Map([
  [ErrorCode.MALFORMED, { type: MalformedMessageError, meaning: 'the request is malformed' }],
  [ErrorCode.UNSUPPORTED, { type: UnsupportedOperationError, meaning: 'there is no such operation' }],
  [ErrorCode.KEY_NOT_FOUND, { type: KeyNotFoundError, meaning: 'there is no such key' }],
  [ErrorCode.NOT_ALLOWED, { type: OperationNotAllowedError, meaning: 'the operation is not allowed' }],
  [ErrorCode.RATE_LIMITED, { type: RateLimitedError, meaning: 'there were too many operations' }],
  [ErrorCode.OVERLOADED, { type: OverloadedError, meaning: 'there is too much to do' }],
  [ErrorCode.DEADLINE_EXCEEDED, { type: DeadlineExceededError, meaning: 'the deadline has passed' }],
  [ErrorCode.CANCELLED, { type: OperationCancelledError, meaning: 'the operation was called off' }],
  [ErrorCode.CRYPTOGRAPHY_FAILED, { type: CryptographyFailedError, meaning: 'the cryptography failed' }],
  [
    ErrorCode.NOT_CONFIGURED,
    { type: RemoteConfigurationError, meaning: 'nothing is configured for this operation' },
  ],
  [ErrorCode.SEALING_KEY_EXPIRED, { type: SealingKeyExpiredError, meaning: 'the sealing key has expired' }],
  [ErrorCode.INTERNAL, { type: InternalError, meaning: 'something failed inside' }],
]);

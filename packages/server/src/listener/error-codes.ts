import { ErrorCode } from '@latchkey/codec/kssl1';
import { ErrorCode as Kssl2ErrorCode } from '@latchkey/codec/kssl2';
import type { OperationFailure } from '../operations/failure.js';

/** What edges are told of an operation that was not performed: docs/protocol/kssl1.md, "Errors". */
export const ERROR_CODES: Readonly<Record<OperationFailure, ErrorCode>> = {
  cryptography_failed: ErrorCode.CRYPTOGRAPHY_FAILURE,
  not_allowed: ErrorCode.CRYPTOGRAPHY_FAILURE,
  denied: ErrorCode.CRYPTOGRAPHY_FAILURE,
  rate_limited: ErrorCode.CRYPTOGRAPHY_FAILURE,
  credential_certificate: ErrorCode.CRYPTOGRAPHY_FAILURE,
  credential_lifetime: ErrorCode.CRYPTOGRAPHY_FAILURE,
  credential_key: ErrorCode.CRYPTOGRAPHY_FAILURE,
  key_not_found: ErrorCode.KEY_NOT_FOUND,
  not_configured: ErrorCode.REMOTE_CONFIGURATION_ERROR,
  sealing_key_expired: ErrorCode.SEALING_KEY_EXPIRED,
  audit_unavailable: ErrorCode.INTERNAL_ERROR,
  overloaded: ErrorCode.INTERNAL_ERROR,
  deadline_exceeded: ErrorCode.INTERNAL_ERROR,
  cancelled: ErrorCode.INTERNAL_ERROR,
  closed: ErrorCode.INTERNAL_ERROR,
  internal: ErrorCode.INTERNAL_ERROR,
};

/** The same in kssl2: docs/protocol/kssl2.md, "Errors". */
export const KSSL2_ERRORS: Readonly<
  Record<OperationFailure, { readonly code: Kssl2ErrorCode; readonly retryable: boolean }>
> = {
  cryptography_failed: { code: Kssl2ErrorCode.CRYPTOGRAPHY_FAILED, retryable: false },
  not_allowed: { code: Kssl2ErrorCode.NOT_ALLOWED, retryable: false },
  denied: { code: Kssl2ErrorCode.NOT_ALLOWED, retryable: false },
  rate_limited: { code: Kssl2ErrorCode.RATE_LIMITED, retryable: true },
  credential_certificate: { code: Kssl2ErrorCode.NOT_ALLOWED, retryable: false },
  credential_lifetime: { code: Kssl2ErrorCode.NOT_ALLOWED, retryable: false },
  credential_key: { code: Kssl2ErrorCode.NOT_ALLOWED, retryable: false },
  key_not_found: { code: Kssl2ErrorCode.KEY_NOT_FOUND, retryable: true },
  not_configured: { code: Kssl2ErrorCode.NOT_CONFIGURED, retryable: true },
  sealing_key_expired: { code: Kssl2ErrorCode.SEALING_KEY_EXPIRED, retryable: false },
  audit_unavailable: { code: Kssl2ErrorCode.INTERNAL, retryable: true },
  overloaded: { code: Kssl2ErrorCode.OVERLOADED, retryable: true },
  deadline_exceeded: { code: Kssl2ErrorCode.DEADLINE_EXCEEDED, retryable: false },
  cancelled: { code: Kssl2ErrorCode.CANCELLED, retryable: false },
  closed: { code: Kssl2ErrorCode.INTERNAL, retryable: true },
  internal: { code: Kssl2ErrorCode.INTERNAL, retryable: true },
};

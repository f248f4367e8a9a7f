import { ErrorCode } from '@latchkey/codec/kssl1';
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

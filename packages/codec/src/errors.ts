/** Base of every failure that a key service answers with. The `code` is stable; the message is for people. */
export abstract class KeyServiceError extends Error {
  abstract readonly code: string;
  /** What the answer says of trying again; undefined where it does not say: kssl1 has no word for it. */
  readonly retryAdvice: RetryAdvice | undefined;

  constructor(message?: string, options: KeyServiceErrorOptions = {}) {
    super(message, options);
    this.retryAdvice = options.retryAdvice;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** Whether an operation that was not performed may be tried again. */
export interface RetryAdvice {
  /** Whether the same operation may succeed elsewhere, or later. */
  readonly isRetryable: boolean;
  /** For how long it is of no use to ask the same key server for such operations, in milliseconds. */
  readonly retryAfter: number;
}

/** How a {@link KeyServiceError} is made. */
export interface KeyServiceErrorOptions extends ErrorOptions {
  readonly retryAdvice?: RetryAdvice;
}

/** The private-key operation failed, does not fit the key, or is not allowed. */
export class CryptographyFailedError extends KeyServiceError {
  readonly code = 'LATCHKEY_CRYPTOGRAPHY_FAILED';
}

/** The key service holds no key of that name. */
export class KeyNotFoundError extends KeyServiceError {
  readonly code = 'LATCHKEY_KEY_NOT_FOUND';
}

/** The key server could not read the request. */
export class ReadFailedError extends KeyServiceError {
  readonly code = 'LATCHKEY_READ_FAILED';
}

/** The two ends speak different major versions. */
export class VersionMismatchError extends KeyServiceError {
  readonly code = 'LATCHKEY_VERSION_MISMATCH';
}

/** The key service does not know the operation. */
export class BadOpcodeError extends KeyServiceError {
  readonly code = 'LATCHKEY_BAD_OPCODE';
}

/** An answer's opcode came where a request's was expected, or the other way about. */
export class UnexpectedOpcodeError extends KeyServiceError {
  readonly code = 'LATCHKEY_UNEXPECTED_OPCODE';
}

/** The message could not be parsed. */
export class MalformedMessageError extends KeyServiceError {
  readonly code = 'LATCHKEY_MALFORMED_MESSAGE';
}

/** Something failed inside the key service that is none of the requester's doing. */
export class InternalError extends KeyServiceError {
  readonly code = 'LATCHKEY_INTERNAL';
}

/** The key service holds no certificate of that name. */
export class CertificateNotFoundError extends KeyServiceError {
  readonly code = 'LATCHKEY_CERTIFICATE_NOT_FOUND';
}

/** The blob was sealed with a key that has since expired. */
export class SealingKeyExpiredError extends KeyServiceError {
  readonly code = 'LATCHKEY_SEALING_KEY_EXPIRED';
}

/** The key server's configuration does not allow an answer. */
export class RemoteConfigurationError extends KeyServiceError {
  readonly code = 'LATCHKEY_REMOTE_CONFIGURATION';
}

/** The protocol has no way to say the message: no word for the operation, or a field that does not fit. */
export class UnencodableMessageError extends KeyServiceError {
  readonly code = 'LATCHKEY_UNENCODABLE_MESSAGE';
}

/** The key service does not know the operation, or does not perform it in the protocol that is spoken. */
export class UnsupportedOperationError extends KeyServiceError {
  readonly code = 'LATCHKEY_UNSUPPORTED_OPERATION';
}

/** The key service's policy does not allow the operation. */
export class OperationNotAllowedError extends KeyServiceError {
  readonly code = 'LATCHKEY_OPERATION_NOT_ALLOWED';
}

/** The requester has had as many operations as it may have. The same one may succeed later. */
export class RateLimitedError extends KeyServiceError {
  readonly code = 'LATCHKEY_RATE_LIMITED';
}

/** The key service has as much to do as it takes on. The same operation may succeed elsewhere, or later. */
export class OverloadedError extends KeyServiceError {
  readonly code = 'LATCHKEY_OVERLOADED';
}

/** No answer came before the deadline. */
export class DeadlineExceededError extends KeyServiceError {
  readonly code = 'LATCHKEY_DEADLINE_EXCEEDED';
}

/** The requester called the operation off. */
export class OperationCancelledError extends KeyServiceError {
  readonly code = 'LATCHKEY_OPERATION_CANCELLED';
}

/** No key server could be reached, or the connection broke before it answered. */
export class KeyServerUnreachableError extends KeyServiceError {
  readonly code = 'LATCHKEY_KEY_SERVER_UNREACHABLE';
}

/** The key service has been closed. */
export class KeyServiceClosedError extends KeyServiceError {
  readonly code = 'LATCHKEY_KEY_SERVICE_CLOSED';
}

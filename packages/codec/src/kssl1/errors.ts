import {
  BadOpcodeError,
  CertificateNotFoundError,
  CryptographyFailedError,
  InternalError,
  KeyNotFoundError,
  type KeyServiceError,
  MalformedMessageError,
  ReadFailedError,
  RemoteConfigurationError,
  SealingKeyExpiredError,
  UnexpectedOpcodeError,
  VersionMismatchError,
} from '../errors.js';
import { ErrorCode } from './constants.js';

/**
 * The code that answers a request which failed with `error`.
 *
 * Failures that v1 has no code for, a passed deadline among them, and whatever is not a {@link KeyServiceError} are
 * internal errors: the requester learns nothing else about them.
 */
export function errorCodeOf(error: unknown): ErrorCode {
  return FAILURES.find(({ type }) => error instanceof type)?.code ?? ErrorCode.INTERNAL_ERROR;
}

/**
 * The failure that an error answer means to the requester.
 *
 * @param code the byte of the answer; one that v1 does not define becomes an {@link InternalError} that names it
 */
export function keyServiceErrorOf(code: number): KeyServiceError {
  const failure = FAILURES.find((candidate) => candidate.code === code);
  const number = `0x${code.toString(16).padStart(2, '0')}`;
  if (failure === undefined) return new InternalError(`The key server answered with unknown error ${number}`);
  return new failure.type(`The key server answered: ${failure.meaning} (${number})`);
}

const FAILURES: readonly {
  readonly code: ErrorCode;
  readonly type: new (message: string) => KeyServiceError;
  readonly meaning: string;
}[] = [
  { code: ErrorCode.CRYPTOGRAPHY_FAILURE, type: CryptographyFailedError, meaning: 'cryptography failure' },
  { code: ErrorCode.KEY_NOT_FOUND, type: KeyNotFoundError, meaning: 'key not found' },
  { code: ErrorCode.READ_ERROR, type: ReadFailedError, meaning: 'read error' },
  { code: ErrorCode.VERSION_MISMATCH, type: VersionMismatchError, meaning: 'version mismatch' },
  { code: ErrorCode.BAD_OPCODE, type: BadOpcodeError, meaning: 'bad opcode' },
  { code: ErrorCode.UNEXPECTED_OPCODE, type: UnexpectedOpcodeError, meaning: 'unexpected opcode' },
  { code: ErrorCode.MALFORMED_MESSAGE, type: MalformedMessageError, meaning: 'malformed message' },
  { code: ErrorCode.INTERNAL_ERROR, type: InternalError, meaning: 'internal error' },
  { code: ErrorCode.CERTIFICATE_NOT_FOUND, type: CertificateNotFoundError, meaning: 'certificate not found' },
  { code: ErrorCode.SEALING_KEY_EXPIRED, type: SealingKeyExpiredError, meaning: 'sealing key expired' },
  {
    code: ErrorCode.REMOTE_CONFIGURATION_ERROR,
    type: RemoteConfigurationError,
    meaning: 'remote configuration error',
  },
];

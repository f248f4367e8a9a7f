import type { latchkey } from '../../generated/kssl2.js';
import type { BytesOfRequest } from '../bytes-of-request.js';
import { UnencodableMessageError } from '../errors.js';
import { isPkcs1, isTranscriptHashLength, RANDOM_LENGTH } from '../handshake-signature.js';
import type { Operation } from '../operation.js';
import { type EcdhParametersMalformation, malformationOfEcdhParameters } from '../server-ecdh-parameters.js';
import { SIGNATURE_SCHEME_CODES, signatureSchemeOf } from '../signature-scheme.js';
import { ErrorCode } from './constants.js';
import { type FieldKind, MessageFields } from './message-fields.js';

/**
 * Why the operation in a request is refused, beside what is wrong with the parameters of a ServerKeyExchange:
 * - `operation_missing`: none that is known
 * - `scheme_unknown`, `scheme_not_for_purpose`: TLS has no such scheme, or not for this
 * - `transcript_hash_length`, `random_length`: not 32 or 48, and 32 bytes
 * - `client_version`: not one of TLS 1.0 to 1.2
 * - `ciphertext_length`, `certificate_length`, `public_key_length`: none, or more than there can be
 * - `algorithm_range`: not of 16 bits
 */
export type OperationRefusal =
  | EcdhParametersMalformation
  | 'operation_missing'
  | 'scheme_unknown'
  | 'scheme_not_for_purpose'
  | 'transcript_hash_length'
  | 'random_length'
  | 'client_version'
  | 'ciphertext_length'
  | 'certificate_length'
  | 'public_key_length'
  | 'algorithm_range';

/** Why there is no operation, and which was meant as far as that can be told. */
export interface RefusedOperation {
  readonly code: ErrorCode;
  readonly reason: OperationRefusal;
  readonly operation: Operation['type'] | undefined;
}

/**
 * The operation that a request asks for.
 *
 * @param request the fields of one that was read from these bytes
 * @param take what the operation holds comes from it
 */
export function readOperation(
  request: MessageFields,
  bytes: Uint8Array,
  take: BytesOfRequest,
): Operation | RefusedOperation {
  // By far the most.
  if (request.has(OperationField.CERTIFICATE_VERIFY))
    return refusedOrNot(readCertificateVerify(bytes, take), 'sign_certificate_verify');
  if (request.has(OperationField.SERVER_KEY_EXCHANGE))
    return refusedOrNot(readServerKeyExchange(bytes, take), 'sign_server_key_exchange');
  if (request.has(OperationField.PREMASTER_SECRET))
    return refusedOrNot(readPremasterSecret(bytes, take), 'decrypt_premaster');
  if (request.has(OperationField.DELEGATED_CREDENTIAL))
    return refusedOrNot(readDelegatedCredential(bytes, take), 'sign_delegated_credential');
  if (request.has(OperationField.SEAL))
    return { type: 'seal', blob: takeField(request, OperationField.SEAL, bytes, take) };
  if (request.has(OperationField.UNSEAL))
    return { type: 'unseal', blob: takeField(request, OperationField.UNSEAL, bytes, take) };
  return { code: ErrorCode.UNSUPPORTED, reason: 'operation_missing', operation: undefined };
}

/**
 * The field of a request that says an operation.
 *
 * @throws {UnencodableMessageError} when there is none
 */
export function operationFieldsOf(operation: Operation): latchkey.kssl2.Request.$Properties {
  switch (operation.type) {
    case 'sign_certificate_verify': {
      const { transcriptHash } = operation;
      return { certificateVerify: { scheme: SIGNATURE_SCHEME_CODES[operation.scheme], transcriptHash } };
    }
    case 'sign_server_key_exchange': {
      const { clientRandom, serverRandom, parameters } = operation;
      const scheme = SIGNATURE_SCHEME_CODES[operation.scheme];
      return { serverKeyExchange: { scheme, clientRandom, serverRandom, parameters } };
    }
    case 'decrypt_premaster': {
      const { ciphertext, clientVersion } = operation;
      return { premasterSecret: { ciphertext, clientVersion } };
    }
    case 'sign_delegated_credential': {
      const { certificate, validTime, dcCertVerifyAlgorithm, subjectPublicKeyInfo, algorithm } = operation;
      return {
        delegatedCredential: {
          certificate,
          validTime,
          dcCertVerifyAlgorithm,
          subjectPublicKeyInfo,
          algorithm,
        },
      };
    }
    case 'seal':
      return { seal: operation.blob };
    case 'unseal':
      return { unseal: operation.blob };
    default:
      throw new UnencodableMessageError(`kssl2 has no word for ${operation.type}`);
  }
}

/** Those fields of a request that say an operation, of which one may be there. */
const OperationField = {
  CERTIFICATE_VERIFY: 9,
  SERVER_KEY_EXCHANGE: 10,
  PREMASTER_SECRET: 11,
  DELEGATED_CREDENTIAL: 12,
  SEAL: 13,
  UNSEAL: 14,
} as const;

/** Which operations there are, by the numbers of their fields. */
export const OPERATION_FIELDS: readonly number[] = Object.values(OperationField);

const certificateVerify = new MessageFields({ 1: 'number', 2: 'bytes' });
const serverKeyExchange = new MessageFields({ 1: 'number', 2: 'bytes', 3: 'bytes', 4: 'bytes' });
const premasterSecret = new MessageFields({ 1: 'bytes', 2: 'number' });
const delegatedCredential = new MessageFields({
  1: 'bytes',
  2: 'number',
  3: 'number',
  4: 'bytes',
  5: 'number',
});

/** What they hold. */
export const OPERATION_KINDS: Readonly<Record<number, FieldKind>> = {
  [OperationField.CERTIFICATE_VERIFY]: certificateVerify,
  [OperationField.SERVER_KEY_EXCHANGE]: serverKeyExchange,
  [OperationField.PREMASTER_SECRET]: premasterSecret,
  [OperationField.DELEGATED_CREDENTIAL]: delegatedCredential,
  [OperationField.SEAL]: 'bytes',
  [OperationField.UNSEAL]: 'bytes',
};

/** More than any RSA key has: one of 16384 bits. */
const MAXIMUM_CIPHERTEXT_LENGTH = 2048;
const MAXIMUM_CERTIFICATE_LENGTH = 16 * 1024;
const MAXIMUM_PUBLIC_KEY_LENGTH = 1024;

function refusedOrNot(
  operation: Operation | OperationRefusal,
  type: Operation['type'],
): Operation | RefusedOperation {
  return typeof operation === 'string'
    ? { code: ErrorCode.MALFORMED, reason: operation, operation: type }
    : operation;
}

function takeField(
  fields: MessageFields,
  number: number,
  bytes: Uint8Array,
  take: BytesOfRequest,
): Uint8Array {
  return take(bytes, fields.start(number), fields.end(number));
}

function readCertificateVerify(bytes: Uint8Array, take: BytesOfRequest): Operation | OperationRefusal {
  const fields = certificateVerify;
  const scheme = signatureSchemeOf(fields.number(1));
  if (scheme === undefined) return 'scheme_unknown';
  if (isPkcs1(scheme)) return 'scheme_not_for_purpose';
  if (!isTranscriptHashLength(fields.length(2))) return 'transcript_hash_length';
  return { type: 'sign_certificate_verify', scheme, transcriptHash: takeField(fields, 2, bytes, take) };
}

function readServerKeyExchange(bytes: Uint8Array, take: BytesOfRequest): Operation | OperationRefusal {
  const fields = serverKeyExchange;
  const scheme = signatureSchemeOf(fields.number(1));
  if (scheme === undefined) return 'scheme_unknown';
  if (fields.length(2) !== RANDOM_LENGTH || fields.length(3) !== RANDOM_LENGTH) return 'random_length';
  const malformation = malformationOfEcdhParameters(fields.view(4));
  if (malformation !== undefined) return malformation;
  return {
    type: 'sign_server_key_exchange',
    scheme,
    clientRandom: takeField(fields, 2, bytes, take),
    serverRandom: takeField(fields, 3, bytes, take),
    parameters: takeField(fields, 4, bytes, take),
  };
}

function readPremasterSecret(bytes: Uint8Array, take: BytesOfRequest): Operation | OperationRefusal {
  const fields = premasterSecret;
  const clientVersion = fields.number(2);
  if (!isWithin(fields.length(1), MAXIMUM_CIPHERTEXT_LENGTH)) return 'ciphertext_length';
  // What a ClientHello of TLS 1.3 says is 1.2 too (RFC 8446, section 4.1.2).
  if (clientVersion < 0x0301 || clientVersion > 0x0303) return 'client_version';
  return { type: 'decrypt_premaster', ciphertext: takeField(fields, 1, bytes, take), clientVersion };
}

function readDelegatedCredential(bytes: Uint8Array, take: BytesOfRequest): Operation | OperationRefusal {
  const fields = delegatedCredential;
  const dcCertVerifyAlgorithm = fields.number(3);
  const algorithm = fields.number(5);
  if (!isWithin(fields.length(1), MAXIMUM_CERTIFICATE_LENGTH)) return 'certificate_length';
  if (!isWithin(fields.length(4), MAXIMUM_PUBLIC_KEY_LENGTH)) return 'public_key_length';
  if (dcCertVerifyAlgorithm > 0xffff || algorithm > 0xffff) return 'algorithm_range';
  return {
    type: 'sign_delegated_credential',
    certificate: takeField(fields, 1, bytes, take),
    validTime: fields.number(2),
    dcCertVerifyAlgorithm,
    subjectPublicKeyInfo: takeField(fields, 4, bytes, take),
    algorithm,
  };
}

function isWithin(length: number, maximum: number): boolean {
  return length > 0 && length <= maximum;
}

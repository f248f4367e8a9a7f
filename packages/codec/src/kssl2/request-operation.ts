import type { latchkey } from '../../generated/kssl2.js';
import { UnencodableMessageError } from '../errors.js';
import { isPkcs1, isTranscriptHashLength, RANDOM_LENGTH } from '../handshake-signature.js';
import type { Operation } from '../operation.js';
import { type EcdhParametersMalformation, malformationOfEcdhParameters } from '../server-ecdh-parameters.js';
import { SIGNATURE_SCHEME_CODES, signatureSchemeOf } from '../signature-scheme.js';
import { ErrorCode } from './constants.js';

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

/** The operation that a request asks for; its bytes are views. */
export function operationOf(fields: latchkey.kssl2.Request): Operation | RefusedOperation {
  const field = FIELDS.find((name) => (fields[name] ?? undefined) !== undefined);
  if (field === undefined) {
    return { code: ErrorCode.UNSUPPORTED, reason: 'operation_missing', operation: undefined };
  }
  const operation = READERS[field](fields);
  return typeof operation === 'string'
    ? { code: ErrorCode.MALFORMED, reason: operation, operation: TYPES[field] }
    : operation;
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

/** Which operations there are, by the numbers of their fields. */
export const OPERATION_FIELDS: readonly number[] = [9, 10, 11, 12, 13, 14];

const FIELDS = [
  'certificateVerify',
  'serverKeyExchange',
  'premasterSecret',
  'delegatedCredential',
  'seal',
  'unseal',
] as const;
type OperationField = (typeof FIELDS)[number];

const TYPES: Readonly<Record<OperationField, Operation['type']>> = {
  certificateVerify: 'sign_certificate_verify',
  serverKeyExchange: 'sign_server_key_exchange',
  premasterSecret: 'decrypt_premaster',
  delegatedCredential: 'sign_delegated_credential',
  seal: 'seal',
  unseal: 'unseal',
};

/** More than any RSA key has: one of 16384 bits. */
const MAXIMUM_CIPHERTEXT_LENGTH = 2048;
const MAXIMUM_CERTIFICATE_LENGTH = 16 * 1024;
const MAXIMUM_PUBLIC_KEY_LENGTH = 1024;

type Fields = latchkey.kssl2.Request;

const READERS: Readonly<Record<OperationField, (fields: Fields) => Operation | OperationRefusal>> = {
  certificateVerify: ({ certificateVerify }) => readCertificateVerify(certificateVerify ?? {}),
  serverKeyExchange: ({ serverKeyExchange }) => readServerKeyExchange(serverKeyExchange ?? {}),
  premasterSecret: ({ premasterSecret }) => readPremasterSecret(premasterSecret ?? {}),
  delegatedCredential: ({ delegatedCredential }) => readDelegatedCredential(delegatedCredential ?? {}),
  seal: ({ seal }) => ({ type: 'seal', blob: seal ?? NOTHING }),
  unseal: ({ unseal }) => ({ type: 'unseal', blob: unseal ?? NOTHING }),
};

const NOTHING = new Uint8Array(0);

function readCertificateVerify(
  fields: latchkey.kssl2.CertificateVerify.$Properties,
): Operation | OperationRefusal {
  const scheme = signatureSchemeOf(fields.scheme ?? 0);
  const transcriptHash = fields.transcriptHash ?? NOTHING;
  if (scheme === undefined) return 'scheme_unknown';
  if (isPkcs1(scheme)) return 'scheme_not_for_purpose';
  if (!isTranscriptHashLength(transcriptHash.length)) return 'transcript_hash_length';
  return { type: 'sign_certificate_verify', scheme, transcriptHash };
}

function readServerKeyExchange(
  fields: latchkey.kssl2.ServerKeyExchange.$Properties,
): Operation | OperationRefusal {
  const scheme = signatureSchemeOf(fields.scheme ?? 0);
  const clientRandom = fields.clientRandom ?? NOTHING;
  const serverRandom = fields.serverRandom ?? NOTHING;
  const parameters = fields.parameters ?? NOTHING;
  if (scheme === undefined) return 'scheme_unknown';
  if (clientRandom.length !== RANDOM_LENGTH || serverRandom.length !== RANDOM_LENGTH) return 'random_length';
  const malformation = malformationOfEcdhParameters(parameters);
  if (malformation !== undefined) return malformation;
  return { type: 'sign_server_key_exchange', scheme, clientRandom, serverRandom, parameters };
}

function readPremasterSecret(
  fields: latchkey.kssl2.EncryptedPremasterSecret.$Properties,
): Operation | OperationRefusal {
  const ciphertext = fields.ciphertext ?? NOTHING;
  const clientVersion = fields.clientVersion ?? 0;
  if (!isWithin(ciphertext, MAXIMUM_CIPHERTEXT_LENGTH)) return 'ciphertext_length';
  // What a ClientHello of TLS 1.3 says is 1.2 too (RFC 8446, section 4.1.2).
  if (clientVersion < 0x0301 || clientVersion > 0x0303) return 'client_version';
  return { type: 'decrypt_premaster', ciphertext, clientVersion };
}

function readDelegatedCredential(
  fields: latchkey.kssl2.DelegatedCredential.$Properties,
): Operation | OperationRefusal {
  const certificate = fields.certificate ?? NOTHING;
  const validTime = fields.validTime ?? 0;
  const dcCertVerifyAlgorithm = fields.dcCertVerifyAlgorithm ?? 0;
  const subjectPublicKeyInfo = fields.subjectPublicKeyInfo ?? NOTHING;
  const algorithm = fields.algorithm ?? 0;
  if (!isWithin(certificate, MAXIMUM_CERTIFICATE_LENGTH)) return 'certificate_length';
  if (!isWithin(subjectPublicKeyInfo, MAXIMUM_PUBLIC_KEY_LENGTH)) return 'public_key_length';
  if (dcCertVerifyAlgorithm > 0xffff || algorithm > 0xffff) return 'algorithm_range';
  return {
    type: 'sign_delegated_credential',
    certificate,
    validTime,
    dcCertVerifyAlgorithm,
    subjectPublicKeyInfo,
    algorithm,
  };
}

function isWithin({ length }: { readonly length: number }, maximum: number): boolean {
  return length > 0 && length <= maximum;
}

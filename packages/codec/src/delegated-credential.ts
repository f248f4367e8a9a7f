import type { DelegatedCredentialParameters } from './operation.js';

/** The longest that a delegated credential may last, in seconds: 7 days (RFC 9345, section 4.1.3). */
export const MAXIMUM_CREDENTIAL_LIFETIME = 604_800;

/**
 * Builds what the signature of a delegated credential covers (RFC 9345, section 4): what a key service signs.
 *
 * @throws {RangeError} when a field does not fit its place in the structure
 */
export function delegatedCredentialMessage(parameters: DelegatedCredentialParameters): Uint8Array {
  const { certificate, algorithm } = parameters;
  return concatenate(
    PADDING,
    CONTEXT,
    certificate,
    encodeCredential(parameters),
    encodeUnsigned(algorithm, 2),
  );
}

/**
 * Writes a `DelegatedCredential` (RFC 9345, section 4): the content of the extension `delegated_credential` in the
 * certificate's entry of a Certificate message.
 *
 * @throws {RangeError} when a field does not fit its place in the structure
 */
export function encodeDelegatedCredential(
  parameters: Omit<DelegatedCredentialParameters, 'certificate'>,
  signature: Uint8Array,
): Uint8Array {
  return concatenate(
    encodeCredential(parameters),
    encodeUnsigned(parameters.algorithm, 2),
    encodeVector(signature, 2),
  );
}

/** 64 spaces: keeps what is signed apart from the messages of TLS 1.2. */
const PADDING = new Uint8Array(64).fill(0x20);
const CONTEXT = new TextEncoder().encode('TLS, server delegated credentials\0');

/** The structure `Credential`. */
function encodeCredential({
  validTime,
  dcCertVerifyAlgorithm,
  subjectPublicKeyInfo,
}: Omit<DelegatedCredentialParameters, 'certificate'>): Uint8Array {
  return concatenate(
    encodeUnsigned(validTime, 4),
    encodeUnsigned(dcCertVerifyAlgorithm, 2),
    encodeVector(subjectPublicKeyInfo, 3),
  );
}

/** A vector of the presentation language (RFC 8446, section 3.4) that holds a byte at least. */
function encodeVector(bytes: Uint8Array, lengthSize: number): Uint8Array {
  if (bytes.length === 0) throw new RangeError('A field of the delegated credential is empty');
  return concatenate(encodeUnsigned(bytes.length, lengthSize), bytes);
}

function encodeUnsigned(value: number, size: number): Uint8Array {
  if (!(Number.isInteger(value) && value >= 0 && value < 2 ** (8 * size))) {
    throw new RangeError(`A field of the delegated credential is no unsigned integer of ${size} bytes`);
  }
  return Uint8Array.from({ length: size }, (_, index) => Math.floor(value / 2 ** (8 * (size - 1 - index))));
}

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}

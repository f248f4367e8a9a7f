/**
 * What is wrong with the parameters of a ServerKeyExchange:
 * - `curve_type`: not a named curve; an explicit one could be made to be any bytes
 * - `group_unknown`: not a group whose points are known here
 * - `point_length`, `point_form`: the public key is not a point of that group, uncompressed for the NIST curves
 * - `parameters_length`: shorter or longer than what they say
 */
export type EcdhParametersMalformation =
  'curve_type' | 'group_unknown' | 'point_length' | 'point_form' | 'parameters_length';

/** Checks the form of ServerECDHParams (RFC 8422, section 5.4), so that nothing else is signed in their place. */
export function malformationOfEcdhParameters(parameters: Uint8Array): EcdhParametersMalformation | undefined {
  const [curveType, groupHigh, groupLow, pointLength] = parameters;
  if (pointLength === undefined) return 'parameters_length';
  if (curveType !== NAMED_CURVE) return 'curve_type';
  const expectedLength = POINT_LENGTHS.get(((groupHigh ?? 0) << 8) | (groupLow ?? 0));
  if (expectedLength === undefined) return 'group_unknown';
  if (pointLength !== expectedLength) return 'point_length';
  if (parameters.length !== HEADER_LENGTH + pointLength) return 'parameters_length';
  const isNistCurve = pointLength % 2 === 1;
  return isNistCurve && parameters[HEADER_LENGTH] !== UNCOMPRESSED ? 'point_form' : undefined;
}

/** Curve type, group, and the point's length. */
const HEADER_LENGTH = 4;
const NAMED_CURVE = 3;
/** The first byte of an uncompressed point (RFC 8422, section 5.4.1). */
const UNCOMPRESSED = 4;

/** By the values of RFC 8422, section 5.1.1: secp256r1, secp384r1, secp521r1, x25519 and x448. */
const POINT_LENGTHS: ReadonlyMap<number, number> = new Map([
  [0x0017, 65],
  [0x0018, 97],
  [0x0019, 133],
  [0x001d, 32],
  [0x001e, 56],
]);

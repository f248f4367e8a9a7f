import {
  delegatedCredentialMessage,
  type SignDelegatedCredentialOperation,
  signatureSchemeOf,
  signedContent,
  type SignHandshakeOperation,
} from '@latchkey/codec';
import { type KeyCurve, OperationCode } from '@latchkey/native';
import { Slab } from '../slab.js';
import type { StoredKey } from '../keys/key-store.js';
import { refusalOfCredential } from './delegated-credential.js';
import type { OperationFailure } from './failure.js';
import { OF_MESSAGE, operationWith } from './operation-with-key.js';
import type { PrivateKeyOperation } from './private-key-operation.js';

/**
 * What the signature of a handshake means for a key. The content that is signed is made here: whoever asks has no say in it
 * beyond the fields.
 *
 * @returns why it is not made: the key is of another curve than the scheme of TLS 1.3 has
 */
export function toHandshakeOperation(
  operation: SignHandshakeOperation,
  key: StoredKey,
): PrivateKeyOperation | OperationFailure {
  const { type, scheme } = operation;
  // In TLS 1.2 any hash goes with any curve (RFC 5246, section 7.4.1.4.1).
  if (type === 'sign_certificate_verify' && !hasCurveOf(scheme, key.privateKey.curve))
    return 'cryptography_failed';
  return toSignature(
    key,
    scheme,
    signedContent(operation, (length) => contents.take(length)),
  );
}

/**
 * What the signature of a delegated credential means for a key; its content is made here too.
 *
 * @param now in milliseconds since 1970
 * @returns why it is not made
 */
export function toCredentialOperation(
  operation: SignDelegatedCredentialOperation,
  key: StoredKey,
  now = Date.now(),
): PrivateKeyOperation | OperationFailure {
  const refusal = refusalOfCredential(operation, key.privateKey.ski, now);
  if (refusal !== undefined) return refusal;
  const scheme = signatureSchemeOf(operation.algorithm);
  if (scheme === undefined || !CREDENTIAL_SCHEMES.has(scheme)) return 'cryptography_failed';
  if (!hasCurveOf(scheme, key.privateKey.curve)) return 'cryptography_failed';
  return toSignature(key, scheme, delegatedCredentialMessage(operation));
}

/** One of its own for each would be garbage outside of V8's heap, which takes longer to collect. */
const contents = new Slab();

type Scheme = SignHandshakeOperation['scheme'];

function toSignature(key: StoredKey, scheme: Scheme, message: Uint8Array): PrivateKeyOperation {
  return operationWith(key, OperationCode[scheme], message, OF_MESSAGE);
}

/** Whether a SignatureScheme of TLS 1.3 is for keys of that curve (RFC 8446, section 4.2.3). */
function hasCurveOf(scheme: Scheme, curve: KeyCurve | undefined): boolean {
  const wanted = CURVES.get(scheme);
  return wanted === undefined || wanted === curve;
}

const CURVES: ReadonlyMap<Scheme, KeyCurve> = new Map([
  ['ecdsa_sha256', 'secp256r1'],
  ['ecdsa_sha384', 'secp384r1'],
  ['ecdsa_sha512', 'secp521r1'],
]);

/** Visitors who list others for credentials are not known. */
const CREDENTIAL_SCHEMES: ReadonlySet<Scheme> = new Set([
  'ecdsa_sha256',
  'ecdsa_sha384',
  'ecdsa_sha512',
  'ed25519',
]);

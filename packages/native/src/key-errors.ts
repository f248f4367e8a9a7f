import type { OperationFailure } from './operation-code.js';

/** Why bytes are not a private key that can be used. */
export type KeyParseReason =
  | 'not_a_key'
  | 'certificate'
  | 'public_key'
  | 'malformed'
  | 'passphrase_required'
  | 'wrong_passphrase'
  | 'unsupported_type'
  | 'unsupported_curve'
  | 'unsupported_size'
  | 'inconsistent';

const explanations: Readonly<Record<KeyParseReason, string>> = {
  not_a_key: 'this is neither a PEM nor a DER private key',
  certificate: 'this is a certificate, not a private key',
  public_key: 'this is a public key, not a private key',
  malformed: 'the private key is damaged or in a form that is not supported',
  passphrase_required: 'the private key is encrypted and no passphrase was given',
  wrong_passphrase: 'the private key cannot be decrypted with the passphrase given',
  unsupported_type: 'the private key is neither RSA, RSA-PSS, EC nor Ed25519',
  unsupported_curve: "the private key's curve is not P-256, P-384 or P-521",
  unsupported_size: 'the RSA private key has fewer than 1024 or more than 16384 bits',
  inconsistent: 'the private and the public part of the key do not belong together',
};

/** Bytes are not a private key that can be used. Never holds any of the bytes. */
export class KeyParseError extends Error {
  readonly code = 'LATCHKEY_KEY_UNREADABLE';
  override readonly name = 'KeyParseError';
  readonly reason: KeyParseReason;

  constructor(reason: KeyParseReason) {
    super(explanations[reason]);
    this.reason = reason;
  }
}

/** Bytes are neither a certificate nor a public key. */
export class PublicKeyParseError extends Error {
  readonly code = 'LATCHKEY_PUBLIC_KEY_UNREADABLE';
  override readonly name = 'PublicKeyParseError';
}

/** A single private-key operation failed. */
export class KeyOperationError extends Error {
  readonly code = 'LATCHKEY_KEY_OPERATION_FAILED';
  override readonly name = 'KeyOperationError';
  readonly failure: OperationFailure;

  constructor(failure: OperationFailure) {
    super(`the private-key operation failed: ${failure}`);
    this.failure = failure;
  }
}

/** A buffer does not hold a batch of the layout in batch.ts. */
export class BatchFormatError extends Error {
  readonly code = 'LATCHKEY_BATCH_MALFORMED';
  override readonly name = 'BatchFormatError';
}

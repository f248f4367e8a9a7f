import { CryptographyFailedError, type SealOperation, SealingKeyExpiredError } from '@latchkey/codec';
import { SEALING_OVERHEAD, type SealingKeys } from '../sealing/sealing-keys.js';
import type { OperationFailure } from './failure.js';

/**
 * Seals or unseals a blob, at once: it takes a few microseconds.
 *
 * @param sealing none where sealing is not configured
 * @returns the answer, or why there is none
 */
export function performSealing(
  { type, blob }: SealOperation,
  sealing: SealingKeys | undefined,
): Uint8Array | OperationFailure {
  if (sealing === undefined) return 'not_configured';
  if (type === 'seal' && blob.length > MAXIMUM_BLOB_LENGTH) return 'cryptography_failed';
  try {
    return type === 'seal' ? sealing.seal(blob) : sealing.unseal(blob);
  } catch (error) {
    if (error instanceof SealingKeyExpiredError) return 'sealing_key_expired';
    if (error instanceof CryptographyFailedError) return 'cryptography_failed';
    throw error;
  }
}

/** So that what is sealed fits a frame, in the answer and when it comes back: tickets are a hundredth of that. */
const MAXIMUM_BLOB_LENGTH = 60_000 - SEALING_OVERHEAD;

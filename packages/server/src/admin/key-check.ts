import { constants, createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { OperationCode } from '@latchkey/native';
import type { StoredKey } from '../keys/key-store.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import type { JobExecutor } from '../pool/job.js';
import { PromisedJob } from '../pool/promised-job.js';
import { reasonOf } from '../system-error.js';

/**
 * Makes a signature with a key and verifies it with the key's public half.
 *
 * @param executor performs the operation, or has it performed by whom the key names
 * @param deadline in milliseconds on the clock of `performance.now()`
 * @returns undefined when the key can be used, or else why not
 */
export async function checkKey(
  key: StoredKey,
  executor: JobExecutor,
  deadline: number,
): Promise<string | undefined> {
  // Nobody can take the signature for one of a handshake: none begins like this.
  const message = Buffer.concat([Buffer.from('Latchkey readiness check'), randomBytes(16)]);
  const job = new PromisedJob(signatureOf(key, message), deadline);
  try {
    executor.submit(job);
    return isSignature(key, message, await job.answer) ? undefined : 'its signature does not verify';
  } catch (error) {
    return reasonOf(error);
  }
}

function signatureOf(
  { privateKey: { handle, type }, ski, performer }: StoredKey,
  message: Uint8Array,
): PrivateKeyOperation {
  const key = { keyHandle: handle, ski, performer };
  if (type === 'ed25519') return { ...key, code: OperationCode.ed25519, payload: message };
  const payload = createHash('sha256').update(message).digest();
  return { ...key, code: CODES[type], payload };
}

function isSignature({ privateKey }: StoredKey, message: Uint8Array, signature: Uint8Array): boolean {
  const { type, subjectPublicKeyInfo } = privateKey;
  const key = createPublicKey({ key: Buffer.from(subjectPublicKeyInfo), format: 'der', type: 'spki' });
  const padding =
    type === 'rsa_pss' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: SHA256_LENGTH } : {};
  return verify(type === 'ed25519' ? null : 'sha256', message, { key, ...padding }, signature);
}

const SHA256_LENGTH = 32;

const CODES = {
  rsa: OperationCode.rsa_pkcs1_sha256,
  rsa_pss: OperationCode.rsa_pss_sha256,
  ecdsa: OperationCode.ecdsa_sha256,
} as const;

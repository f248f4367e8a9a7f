import type { Operation, OperationRequest } from '@latchkey/codec';
import { OperationCode, type OperationOptions } from '@latchkey/native';
import type { KeyStore, StoredKey } from '../keys/key-store.js';
import type { ClientPermissions } from '../policy/policy.js';
import { policyOperationOf, purposeOf } from '../policy/policy-operation.js';
import type { JobExecutor } from '../pool/job.js';
import type { Lane } from '../pool/lane.js';
import type { OperationFailure } from './failure.js';
import { OF_MESSAGE, operationWith } from './operation-with-key.js';
import { toCredentialOperation, toHandshakeOperation } from './signature-operation.js';

/** An operation with a private key as a worker, or a key store of its own, performs it. */
export interface PrivateKeyOperation {
  /** Names the key to whoever performs the operation: to the workers, a key in this process, in every thread. */
  readonly keyHandle: number;
  /** Names the key to people. */
  readonly ski: Uint8Array;
  /** Who performs it: a lane of this process, or somebody else. */
  readonly performer: Lane | JobExecutor;
  readonly code: OperationCode;
  readonly payload: Uint8Array;
  readonly options?: OperationOptions | undefined;
}

/**
 * Works out what a request means for the keys that are there, and whether who asks for it may have it.
 *
 * Whether the operation fits the key's type and the payload the operation, the worker finds out: that costs nothing
 * and cannot be forgotten.
 */
export function toPrivateKeyOperation(
  { key: reference, operation }: OperationRequest,
  keys: KeyStore,
  permissions: ClientPermissions,
): PrivateKeyOperation | OperationFailure {
  if (!isForKey(operation)) return whyNotPerformed(operation, permissions);
  const key = keys.findKey(reference);
  if (key === undefined) return 'key_not_found';
  const verdict = permissions.verdict(key, policyOperationOf(operation), purposeOf(operation));
  if (verdict !== 'allowed') return verdict;
  return toOperationWith(key, operation);
}

type KeyOperation = Exclude<Operation, { readonly type: 'seal' | 'unseal' | 'custom' | 'rpc' | 'ping' }>;

/** Tickets, functions and calls of the key server's own are not; a ping is answered where it arrives. */
function isForKey(operation: Operation): operation is KeyOperation {
  return operation.type.startsWith('sign_') || operation.type.startsWith('decrypt_');
}

/** Of operations that use no key: nothing here performs them, but that is told to those only who may have them. */
function whyNotPerformed(operation: Operation, permissions: ClientPermissions): OperationFailure {
  const verdict = permissions.verdict(undefined, policyOperationOf(operation));
  return verdict === 'allowed' ? 'not_configured' : verdict;
}

function toOperationWith(key: StoredKey, operation: KeyOperation): PrivateKeyOperation | OperationFailure {
  switch (operation.type) {
    case 'sign_certificate_verify':
    case 'sign_server_key_exchange':
      return toHandshakeOperation(operation, key);
    case 'sign_delegated_credential':
      return toCredentialOperation(operation, key);
    case 'sign_digest':
      return operationWith(key, OperationCode[operation.scheme], operation.digest);
    case 'sign_message':
      return operationWith(key, OperationCode[operation.scheme], operation.message, OF_MESSAGE);
    case 'decrypt_block':
      return operationWith(key, OperationCode.decrypt_block, operation.ciphertext);
    default: {
      const { ciphertext, clientVersion } = operation;
      return operationWith(key, OperationCode.decrypt_premaster, ciphertext, { clientVersion });
    }
  }
}

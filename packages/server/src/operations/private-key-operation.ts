import type { Operation, OperationRequest } from '@latchkey/codec';
import { OperationCode, type OperationOptions } from '@latchkey/native';
import type { KeyStore } from '../keys/key-store.js';
import type { OperationFailure } from './failure.js';

/** An operation with a private key as a worker performs it. */
export interface PrivateKeyOperation {
  /** Valid in every thread of the process. */
  readonly keyHandle: number;
  readonly code: OperationCode;
  readonly payload: Uint8Array;
  readonly options?: OperationOptions;
}

/** What may be done with the keys. */
export interface OperationRules {
  /** Whether RSA decryption is performed. */
  readonly rsaDecrypt: boolean;
}

/**
 * Works out what a request means for the keys that are there.
 *
 * Whether the operation fits the key's type and the payload the operation, the worker finds out: that costs nothing
 * and cannot be forgotten.
 */
export function toPrivateKeyOperation(
  { key: reference, operation }: OperationRequest,
  keys: KeyStore,
  rules: OperationRules,
): PrivateKeyOperation | OperationFailure {
  const command = toCommand(operation);
  if (command === undefined) return 'not_configured';
  if (isDecryption(command.code) && !rules.rsaDecrypt) return 'cryptography_failed';
  const key = keys.findKey(reference);
  if (key === undefined) return 'key_not_found';
  return { keyHandle: key.privateKey.handle, ...command };
}

function toCommand(operation: Operation): Omit<PrivateKeyOperation, 'keyHandle'> | undefined {
  switch (operation.type) {
    case 'sign_digest':
      return { code: OperationCode[operation.scheme], payload: operation.digest };
    case 'sign_message':
      return {
        code: OperationCode[operation.scheme],
        payload: operation.message,
        options: { payloadIsMessage: true },
      };
    case 'decrypt_block':
      return { code: OperationCode.decrypt_block, payload: operation.ciphertext };
    case 'decrypt_premaster':
      return {
        code: OperationCode.decrypt_premaster,
        payload: operation.ciphertext,
        options: { clientVersion: operation.clientVersion },
      };
    // Tickets, functions and calls of the key server's own: it has none. A ping is answered where it arrives.
    default:
      return undefined;
  }
}

function isDecryption(code: OperationCode): boolean {
  return code === OperationCode.decrypt_block || code === OperationCode.decrypt_premaster;
}

import type { OperationCode, OperationOptions } from '@latchkey/native';
import type { StoredKey } from '../keys/key-store.js';
import type { PrivateKeyOperation } from './private-key-operation.js';

/** What is to be done with a key. Written down whole and at once: this is made for every request. */
export function operationWith(
  { privateKey, ski, performer }: StoredKey,
  code: OperationCode,
  payload: Uint8Array,
  options?: OperationOptions,
): PrivateKeyOperation {
  return { keyHandle: privateKey.handle, ski, performer, code, payload, options };
}

/** Of signatures whose payload is the message. */
export const OF_MESSAGE: OperationOptions = { payloadIsMessage: true };

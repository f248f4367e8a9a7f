import { ErrorCode } from '@latchkey/codec/kssl1';

// Label values that dashboards of the field filter by: docs/protocol/kssl1.md, "What operators already have".

/** Kinds of operations in the field's `type` label. */
export type OperationType = 'rsa' | 'ecdsa' | 'ed25519' | 'custom' | 'rpc' | 'other' | 'unknown';

/** @param name the signature scheme or the operation's type; `unreadable` for a request that does not say one */
export function operationTypeOf(name: string): OperationType {
  if (name.startsWith('rsa_') || name.startsWith('decrypt_')) return 'rsa';
  if (name.startsWith('ecdsa_')) return 'ecdsa';
  if (name === 'ed25519' || name === 'custom' || name === 'rpc') return name;
  return name === UNREADABLE ? 'unknown' : 'other';
}

/** @param name as in {@link operationTypeOf} */
export function opcodeLabelOf(name: string): string {
  const label = OPCODES.get(name);
  if (label !== undefined) return label;
  const [, algorithm, hash] = /^(rsa_pkcs1|rsa_pss|ecdsa)_(\w+)$/.exec(name) ?? [];
  const prefix = PREFIXES.get(algorithm ?? '');
  if (prefix === undefined || hash === undefined) return UNKNOWN_OPCODE;
  return `${prefix}${hash.replace('_', '').toUpperCase()}`;
}

/** @param code none for an operation that was performed */
export function errorLabelOf(code: ErrorCode | undefined): string {
  return code === undefined ? 'no error' : ERRORS[code];
}

/** Whether it is counted by `keyless_sign_requests_total`. */
export function isSignature(name: string): boolean {
  return /^(rsa_|ecdsa_|ed25519$)/.test(name);
}

const UNREADABLE = 'unreadable';
const UNKNOWN_OPCODE = 'unknown';

const PREFIXES: ReadonlyMap<string, string> = new Map([
  ['rsa_pkcs1', 'OpRSASign'],
  ['rsa_pss', 'OpRSAPSSSign'],
  ['ecdsa', 'OpECDSASign'],
]);

const OPCODES: ReadonlyMap<string, string> = new Map([
  ['decrypt_block', 'OpRSADecrypt'],
  ['decrypt_premaster', 'OpRSADecrypt'],
  ['ed25519', 'OpEd25519Sign'],
  ['seal', 'OpSeal'],
  ['unseal', 'OpUnseal'],
  ['rpc', 'OpRPC'],
  ['custom', 'OpCustom'],
  ['ping', 'OpPing'],
]);

const ERRORS: Readonly<Record<ErrorCode, string>> = {
  [ErrorCode.CRYPTOGRAPHY_FAILURE]: 'cryptography error',
  [ErrorCode.KEY_NOT_FOUND]: 'key not found due to no matching SKI/SNI/ServerIP',
  [ErrorCode.READ_ERROR]: 'read failure',
  [ErrorCode.VERSION_MISMATCH]: 'version mismatch',
  [ErrorCode.BAD_OPCODE]: 'bad opcode',
  [ErrorCode.UNEXPECTED_OPCODE]: 'unexpected opcode',
  [ErrorCode.MALFORMED_MESSAGE]: 'malformed message',
  [ErrorCode.INTERNAL_ERROR]: 'internal error',
  [ErrorCode.CERTIFICATE_NOT_FOUND]: 'certificate not found',
  [ErrorCode.SEALING_KEY_EXPIRED]: 'sealing key expired',
  [ErrorCode.REMOTE_CONFIGURATION_ERROR]: 'remote configuration error',
};

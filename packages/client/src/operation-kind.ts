import type { Operation } from '@latchkey/codec';

/** Operations that take about as long as each other: those of one kind of key. */
export type OperationKind = 'rsa' | 'ecdsa' | 'ed25519' | 'other';

export function kindOf(operation: Operation): OperationKind {
  if ('ciphertext' in operation) return 'rsa';
  if (!('scheme' in operation)) return 'other';
  const [family] = operation.scheme.split('_', 1);
  return family === 'rsa' || family === 'ecdsa' || family === 'ed25519' ? family : 'other';
}

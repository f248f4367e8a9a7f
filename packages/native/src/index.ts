export { AddonLoadError } from './addon.js';
export { BatchReader, BatchWriter, performBatch } from './batch.js';
export {
  BatchFormatError,
  KeyOperationError,
  KeyParseError,
  PublicKeyParseError,
  type KeyParseReason,
} from './key-errors.js';
export {
  multiBuffer,
  type CurveArithmetic,
  type CurveArithmeticCosts,
  type CurveArithmeticState,
  type MultiBuffer,
  type MultiBufferAlgorithm,
  type MultiBufferCosts,
  type MultiBufferState,
} from './multi-buffer.js';
export {
  BatchStatus,
  OperationCode,
  type OperationFailure,
  type OperationOptions,
} from './operation-code.js';
export {
  PrivateKey,
  countPrivateKeys,
  type KeyCurve,
  type KeyParseOptions,
  type KeyType,
} from './private-key.js';
export { subjectKeyIdentifier } from './public-key.js';
export { duplicateListeningSocket, limitUnsentBytes, ListeningSocketError } from './sockets.js';
export * from './tls.js';

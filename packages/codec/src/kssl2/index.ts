export {
  type CertificateChain,
  type Certificates,
  type CertificateSubscription,
  encodeCertificates,
  encodeCertificateSubscription,
  isChain,
  isServerName,
} from './certificates.js';
export {
  ALPN_PROTOCOL,
  ErrorCode,
  GoingAwayReason,
  MAXIMUM_BATCH_LENGTH,
  MAXIMUM_CHAINS,
  MAXIMUM_SERVER_NAMES,
  MAXIMUM_SUBSCRIPTIONS,
} from './constants.js';
export { FieldCursor } from './fields.js';
export { FrameDecoder, type FrameHandler, type FrameMemory, FrameWriter } from './frame.js';
export {
  EdgeField,
  type EdgeFrameHandler,
  encodeCancel,
  EdgeFrameReader,
  encodePing,
  type FrameMalformation,
} from './edge-frame.js';
export {
  type Answer,
  addResult,
  type AnsweredError,
  type AnswerMalformation,
  type Capabilities,
  encodeCapabilities,
  encodeError,
  encodeGoingAway,
  KeyServerField,
  type KeyServerFrameHandler,
  readKeyServerFrame,
} from './key-server-frame.js';
export { keyServiceErrorOf } from './errors.js';
export { decodeRequest, encodeRequest, type RefusalReason, type RequestDecoding } from './request.js';

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
export { FrameDecoder, type FrameHandler, FrameWriter } from './frame.js';
export {
  EdgeField,
  type EdgeFrameHandler,
  encodeCancel,
  encodePing,
  type FrameMalformation,
  readEdgeFrame,
} from './edge-frame.js';
export {
  type Answer,
  type AnsweredError,
  type AnswerMalformation,
  type Capabilities,
  encodeCapabilities,
  encodeError,
  encodeGoingAway,
  encodeResult,
  KeyServerField,
  type KeyServerFrameHandler,
  readKeyServerFrame,
} from './key-server-frame.js';
export { keyServiceErrorOf } from './errors.js';
export { decodeRequest, encodeRequest, type RefusalReason, type RequestDecoding } from './request.js';

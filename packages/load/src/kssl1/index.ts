export { type AnswerTaker, type DecodedAnswer, KSSL1, type Wire } from './wire.js';
export { Answers, VERIFIED_EVERY } from './answers.js';
export { type ChannelOptions, type Load, LoadConnection } from './load-connection.js';
export {
  encodeRequests,
  FRAME_LENGTH,
  type MeasurableOperation,
  type RequestKind,
  type Requests,
} from './requests.js';

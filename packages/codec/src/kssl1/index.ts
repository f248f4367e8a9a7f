export type { BytesOfRequest } from '../bytes-of-request.js';
export { ErrorCode, Opcode } from './constants.js';
export { errorCodeOf, keyServiceErrorOf } from './errors.js';
export { FrameDecoder, type FrameHandler } from './frame.js';
export {
  decodeRequest,
  encodeRequest,
  type RefusalReason,
  RequestDecoder,
  type RequestDecoding,
  type RequestRefusal,
} from './request.js';
export {
  type AnswerDecoding,
  type AnswerMalformation,
  answerLength,
  decodeAnswer,
  encodeError,
  encodePong,
  encodeSuccess,
  ERROR_ANSWER_LENGTH,
  writeError,
  writePong,
  writeSuccess,
} from './answer.js';
export { decodeTraceContext, encodeTraceContext } from './trace-context.js';

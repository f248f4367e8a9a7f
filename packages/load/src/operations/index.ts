export { type AnswerTaker, type DecodedAnswer, type Wire } from './wire.js';
export { Answers, VERIFIED_EVERY } from './answers.js';
export { type ChannelOptions, type Load, LoadConnection } from './load-connection.js';
export { type MeasurableOperation, type RequestKind, type Requests } from './requests.js';
export { encodeRequests, FRAME_LENGTH } from './kssl1/requests.js';
export { KSSL1 } from './kssl1/wire.js';
export { encodeHandshakeRequests } from './kssl2/requests.js';

import {
  ALPN_PROTOCOL,
  ErrorCode,
  FieldCursor,
  FrameDecoder,
  KeyServerField,
  MAXIMUM_BATCH_LENGTH,
  readKeyServerFrame,
} from '@latchkey/codec/kssl2';
import type { AnswerTaker, DecodedAnswer, Wire } from '../wire.js';

// docs/protocol/kssl2.md

/** Of a frame. */
export const HEADER_LENGTH = 4;

/** Ids that take two bytes each, so that all requests have one length. */
export const FIRST_ID = 0x80;
export const LAST_ID = 0x3fff;

/** kssl2. Requests that are sent in one write share frames. */
export const KSSL2: Wire = {
  alpnProtocols: [ALPN_PROTOCOL],
  frame: (requests, length) => {
    const most = length * MAXIMUM_BATCH_LENGTH;
    const count = Math.ceil(requests.length / most);
    const frames = Buffer.allocUnsafe(requests.length + count * HEADER_LENGTH);
    for (let start = 0, offset = 0; start < requests.length; start += most) {
      const end = Math.min(start + most, requests.length);
      offset = frames.writeUInt32BE(end - start, offset);
      offset += requests.copy(frames, offset, start, end);
    }
    return frames;
  },
  scanner: (take) =>
    new FrameDecoder({
      onFrame: (bytes, start, end) => scanFrame(bytes, start, end, take),
      // Nothing comes then, and the load fails for want of answers.
      onFrameTooLong: () => {},
    }),
  saysSuccess: (bytes, start, end) => {
    const outcome = start + ID_LENGTH;
    return outcome < end && bytes[start] === ID_TAG && bytes[outcome] === RESULT_TAG;
  },
  decode: (bytes, start, end) => {
    let decoded: DecodedAnswer = { kind: 'failure', failure: 'an answer that is malformed' };
    const frame = bytes.subarray(start - fieldHeaderLength(end - start), end);
    readKeyServerFrame(frame, {
      onAnswer: (_id, answer) => {
        decoded =
          answer.kind === 'result'
            ? { kind: 'answer', payload: answer.result }
            : { kind: 'failure', failure: `error ${ErrorCode[answer.code] ?? answer.code}` };
      },
      onCapabilities: () => {},
      onPong: () => {},
      onGoingAway: () => {},
      onCertificates: () => {},
    });
    return decoded;
  },
};

/** Where our key server has them in an answer: the tag and the two bytes of an id, and what follows. */
const ID_TAG = 0x08;
const ID_LENGTH = 3;
const RESULT_TAG = 0x12;

/** Takes answers as they stand in the frame, without the fields' own headers. */
function scanFrame(bytes: Uint8Array, start: number, end: number, take: AnswerTaker): void {
  const field = new FieldCursor(bytes, start, end);
  while (field.next()) {
    if (field.number !== KeyServerField.ANSWERS || field.isNumber) continue;
    const id = ((bytes[field.start + 1] ?? 0) & 0x7f) | ((bytes[field.start + 2] ?? 0) << 7);
    take(id - FIRST_ID, bytes, field.start, field.end);
  }
}

/** A tag of a byte and the length of the message. */
function fieldHeaderLength(messageLength: number): number {
  return messageLength < 0x80 ? 2 : 3;
}

import { type ErrorCode, Opcode, Tag } from './constants.js';
import { frameLengthOf, writeFrameHeader, writePadding } from './frame.js';
import { ITEM_HEADER_LENGTH, Items, type Malformation, writeByteItem, writeItem } from './items.js';

/**
 * What an answer's body says.
 *
 * - `answer`: the operation was performed, or the ping returned; the payload is a view of the body
 * - `error`: the key server's error code, 0 to 255; {@link keyServiceErrorOf} makes a failure of it
 * - `malformed`: the key server does not keep to the protocol
 */
export type AnswerDecoding =
  | { readonly kind: 'answer'; readonly payload: Uint8Array }
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'malformed'; readonly reason: AnswerMalformation };

/**
 * What is wrong with an answer beside what makes any body malformed:
 * - `opcode_missing`: there is no opcode
 * - `opcode_of_no_answer`: the opcode is not one of an answer
 * - `error_code_length`: an error without its code, or with one of more than one byte
 */
export type AnswerMalformation =
  Malformation | 'opcode_missing' | 'opcode_of_no_answer' | 'error_code_length';

/**
 * Reads the body of an answer.
 *
 * @param start where it lies in these bytes, and `end`. Default: it is all of them
 */
export function decodeAnswer(body: Uint8Array, start?: number, end?: number): AnswerDecoding {
  const malformation = items.read(body, start, end);
  if (malformation !== undefined) return { kind: 'malformed', reason: malformation };
  const payload = items.view(Tag.PAYLOAD) ?? NOTHING;
  switch (items.byte(Tag.OPCODE)) {
    case Opcode.SUCCESS:
    case Opcode.PONG:
      return { kind: 'answer', payload };
    case Opcode.ERROR: {
      const code = payload[0];
      if (code === undefined || payload.length > 1) return { kind: 'malformed', reason: 'error_code_length' };
      return { kind: 'error', code };
    }
    case undefined:
      return { kind: 'malformed', reason: 'opcode_missing' };
    default:
      return { kind: 'malformed', reason: 'opcode_of_no_answer' };
  }
}

/**
 * How many bytes an answer with a payload of so many bytes takes on the wire, for {@link writeSuccess} and
 * {@link writePong}.
 *
 * @throws {UnencodableMessageError} when the payload is longer than 65528 bytes
 */
export function answerLength(payloadLength: number): number {
  const payloadItemLength = payloadLength === 0 ? 0 : ITEM_HEADER_LENGTH + payloadLength;
  return frameLengthOf(OPCODE_ITEM_LENGTH + payloadItemLength);
}

/**
 * Writes the answer to an operation that was performed.
 *
 * @param target has room for the frame from `offset` on; what it held there does not matter
 * @param id the request's
 * @param start where in these bytes the payload begins, and `end`. Default: it is all of them
 * @returns where the frame ends
 */
export function writeSuccess(
  target: Uint8Array,
  offset: number,
  id: number,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): number {
  return writeAnswer(target, offset, id, Opcode.SUCCESS, bytes, start, end);
}

/** Like {@link writeSuccess}, for a ping: its payload goes back as it came. */
export function writePong(target: Uint8Array, offset: number, id: number, payload: Uint8Array): number {
  return writeAnswer(target, offset, id, Opcode.PONG, payload, 0, payload.length);
}

/** Like {@link writeSuccess}, for a request that failed: takes {@link ERROR_ANSWER_LENGTH} bytes. */
export function writeError(target: Uint8Array, offset: number, id: number, code: ErrorCode): number {
  return writeAnswer(target, offset, id, Opcode.ERROR, Uint8Array.of(code), 0, 1);
}

/** The answer to an operation that was performed, as a frame; throws what {@link answerLength} throws. */
export function encodeSuccess(id: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(answerLength(payload.length));
  writeSuccess(frame, 0, id, payload);
  return frame;
}

/** The answer to a ping, as a frame; throws what {@link answerLength} throws. */
export function encodePong(id: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(answerLength(payload.length));
  writePong(frame, 0, id, payload);
  return frame;
}

/** The answer to a request that failed, as a frame. */
export function encodeError(id: number, code: ErrorCode): Uint8Array {
  const frame = new Uint8Array(ERROR_ANSWER_LENGTH);
  writeError(frame, 0, id, code);
  return frame;
}

/** Of whatever body was read last. */
const items = new Items();
const NOTHING = new Uint8Array(0);

const OPCODE_ITEM_LENGTH = ITEM_HEADER_LENGTH + 1;

/** How many bytes an error takes on the wire. */
export const ERROR_ANSWER_LENGTH = answerLength(1);

function writeAnswer(
  target: Uint8Array,
  offset: number,
  id: number,
  opcode: Opcode,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const length = answerLength(end - start);
  let position = writeFrameHeader(target, offset, id, length);
  position = writeByteItem(target, position, Tag.OPCODE, opcode);
  if (end > start) position = writeItem(target, position, Tag.PAYLOAD, bytes, start, end);
  writePadding(target, position, offset + length);
  return offset + length;
}

import { latchkey } from '../../generated/kssl2.js';
import { type Certificates, readCertificates } from './certificates.js';
import {
  type ErrorCode,
  type GoingAwayReason,
  MAXIMUM_BATCH_LENGTH,
  MAXIMUM_FRAME_LENGTH,
} from './constants.js';
import { type FrameMalformation, readPing } from './edge-frame.js';
import { copyBytes } from '../copy-bytes.js';
import { FieldCursor, type FieldMalformation, WireType } from './fields.js';
import { type FrameWriter, varintLength, writeVarint } from './frame.js';
import { MessageFields } from './message-fields.js';
import { discardingReader } from './reader.js';
import { OPERATION_FIELDS } from './request-operation.js';
import { SIGNATURE_SCHEME_CODES } from '../signature-scheme.js';
import { decodeText } from '../text.js';

/** What a key server answers to a request. */
export type Answer =
  /** The signature, secret or blob: a view of the frame. */
  { readonly kind: 'result'; readonly result: Uint8Array } | AnsweredError;

/** Why a request was not performed. */
export interface AnsweredError {
  readonly kind: 'error';
  /** One of {@link ErrorCode}, or one from a later version. */
  readonly code: number;
  /** Whether the same request may succeed elsewhere or later. */
  readonly retryable: boolean;
  /** For how long to leave the key server alone with such requests, in milliseconds. */
  readonly retryAfter: number;
  /** A word for people; no secret. */
  readonly reason: string;
}

/** What a key server can do and takes on. What it has not stated is what the protocol has at most. */
export interface Capabilities {
  /** The field numbers of the operations in `Request`. */
  readonly operations: readonly number[];
  /** The numbers of signature schemes (RFC 8446, section 4.2.3). */
  readonly schemes: readonly number[];
  /** In bytes. */
  readonly maximumFrameLength: number;
  /** Requests in a frame. */
  readonly maximumBatchLength: number;
  /** Requests that wait for their answers. */
  readonly maximumInFlight: number;
}

/** Takes what a key server's frame holds, in the order in which it stands there. None may throw. */
export interface KeyServerFrameHandler {
  onAnswer(id: number, answer: Answer): void;
  onCapabilities(capabilities: Capabilities): void;
  onPong(payload: Uint8Array): void;
  /** The key server answers what it has received and then closes the connection. */
  onGoingAway(reason: number): void;
  /** There are certificates for a subscription, or other ones than before. */
  onCertificates(certificates: Certificates): void;
}

/**
 * Reads a frame from a key server.
 *
 * @returns why it cannot be read on, if so; what stands before has been handed on already
 */
export function readKeyServerFrame(
  message: Uint8Array,
  handler: KeyServerFrameHandler,
): AnswerMalformation | undefined {
  const field = new FieldCursor(message);
  let count = 0;
  while (field.next()) {
    if (field.number > KeyServerField.CERTIFICATES) continue;
    if (field.isNumber) return 'field_type';
    count += 1;
    if (count > MAXIMUM_BATCH_LENGTH) return 'batch_too_long';
    const malformation =
      field.number === KeyServerField.ANSWERS
        ? readAnswer(message, field.start, field.end, handler)
        : readField(field.number, field.view(), handler);
    if (malformation !== undefined) return malformation;
  }
  return field.malformation;
}

/**
 * What is wrong with a key server's frame: `outcome_missing`, an answer has neither a result nor an error; `encoding`, its
 * reason is not UTF-8.
 */
export type AnswerMalformation = FrameMalformation | 'outcome_missing' | 'encoding';

/** The fields of a key server's frame, for {@link FrameWriter.add}. */
export const KeyServerField = {
  ANSWERS: 1,
  CAPABILITIES: 2,
  PONG: 3,
  GOING_AWAY: 4,
  CERTIFICATES: 5,
} as const;

/**
 * Adds the answer to a request that was performed. Written by hand, since most of what is sent is this.
 *
 * @param start where the result begins in these bytes, and `end`. Default: it is all of them
 */
export function addResult(
  frames: FrameWriter,
  id: number,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): void {
  const length = 2 + varintLength(id) + varintLength(end - start) + end - start;
  const offset = frames.begin(KeyServerField.ANSWERS, length);
  const { target } = frames;
  target[offset] = ID_TAG;
  const idEnd = writeVarint(target, offset + 1, id);
  target[idEnd] = RESULT_TAG;
  copyBytes(bytes, start, end, target, writeVarint(target, idEnd + 1, end - start));
}

/** The answer to a request that was not performed. */
export function encodeError(id: number, error: AnsweredError & { readonly code: ErrorCode }): Uint8Array {
  const { code, retryable, retryAfter, reason } = error;
  return latchkey.kssl2.Answer.encode({
    id,
    error: { code, retryable, retryAfter: Math.round(retryAfter * 1000), reason },
  }).finish();
}

/** What a key server of this version can do. */
export function encodeCapabilities({ maximumInFlight }: Pick<Capabilities, 'maximumInFlight'>): Uint8Array {
  return latchkey.kssl2.Capabilities.encode({
    operations: [...OPERATION_FIELDS],
    schemes: Object.values(SIGNATURE_SCHEME_CODES),
    maximumFrameLength: MAXIMUM_FRAME_LENGTH,
    maximumBatchLength: MAXIMUM_BATCH_LENGTH,
    maximumInFlight,
  }).finish();
}

/** What {@link KeyServerField.GOING_AWAY} holds. */
export function encodeGoingAway(reason: GoingAwayReason): Uint8Array {
  return latchkey.kssl2.GoingAway.encode({ reason }).finish();
}

/** Of the fields of an answer, with their wire types. */
const ID_TAG = (1 << 3) | WireType.VARINT;
const RESULT_TAG = (2 << 3) | WireType.LENGTH_DELIMITED;

const ERROR_FIELDS = new MessageFields({ 1: 'number', 2: 'number', 3: 'number', 4: 'bytes' });
const ANSWER_FIELDS = new MessageFields({ 1: 'number', 2: 'bytes', 3: ERROR_FIELDS }, [2, 3]);
const GOING_AWAY_FIELDS = new MessageFields({ 1: 'number' });

function readField(
  number: number,
  value: Uint8Array,
  handler: KeyServerFrameHandler,
): AnswerMalformation | undefined {
  switch (number) {
    case KeyServerField.CAPABILITIES:
      return readCapabilities(value, handler);
    case KeyServerField.PONG: {
      const payload = readPing(value);
      if (typeof payload === 'string') return payload;
      handler.onPong(payload);
      return undefined;
    }
    case KeyServerField.CERTIFICATES: {
      const certificates = readCertificates(value);
      if (typeof certificates === 'string') return certificates;
      handler.onCertificates(certificates);
      return undefined;
    }
    default: {
      const malformation = GOING_AWAY_FIELDS.read(value);
      if (malformation !== undefined) return malformation;
      handler.onGoingAway(GOING_AWAY_FIELDS.number(1));
      return undefined;
    }
  }
}

function readAnswer(
  bytes: Uint8Array,
  start: number,
  end: number,
  handler: KeyServerFrameHandler,
): AnswerMalformation | undefined {
  const malformation = ANSWER_FIELDS.read(bytes, start, end);
  if (malformation !== undefined) return malformation;
  const id = ANSWER_FIELDS.number(1);
  if (ANSWER_FIELDS.has(2)) {
    handler.onAnswer(id, { kind: 'result', result: ANSWER_FIELDS.view(2) });
    return undefined;
  }
  if (!ANSWER_FIELDS.has(3)) return 'outcome_missing';
  const reason = decodeText(ERROR_FIELDS.view(4));
  if (reason === undefined) return 'encoding';
  handler.onAnswer(id, {
    kind: 'error',
    code: ERROR_FIELDS.number(1),
    retryable: ERROR_FIELDS.number(2) !== 0,
    retryAfter: ERROR_FIELDS.number(3) / 1000,
    reason: WORD.test(reason) ? reason : '',
  });
  return undefined;
}

/** What goes into messages for people does not let a key server write what it likes into an edge's log. */
const WORD = /^[a-z0-9_]{1,64}$/;

function readCapabilities(
  message: Uint8Array,
  handler: KeyServerFrameHandler,
): FieldMalformation | undefined {
  let fields: latchkey.kssl2.Capabilities;
  try {
    fields = latchkey.kssl2.Capabilities.decode(discardingReader(message));
  } catch {
    return 'cut_off';
  }
  handler.onCapabilities({
    operations: fields.operations,
    schemes: fields.schemes,
    maximumFrameLength: fields.maximumFrameLength || MAXIMUM_FRAME_LENGTH,
    maximumBatchLength: fields.maximumBatchLength || MAXIMUM_BATCH_LENGTH,
    maximumInFlight: fields.maximumInFlight || Infinity,
  });
  return undefined;
}

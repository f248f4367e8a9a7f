import { latchkey } from '../../generated/kssl2.js';
import {
  type CertificateSubscription,
  type CertificatesMalformation,
  readCertificateSubscription,
} from './certificates.js';
import { MAXIMUM_BATCH_LENGTH, MAXIMUM_PING_LENGTH } from './constants.js';
import { type FieldMalformation, fieldsOf } from './fields.js';
import { discardingReader } from './reader.js';
import { decodeRequest, type RequestDecoding } from './request.js';

/** Takes what an edge's frame holds, in the order in which it stands there. None may throw. */
export interface EdgeFrameHandler {
  onRequest(decoding: RequestDecoding, length: number): void;
  /** Nobody waits any more for the answer to the request with this id. */
  onCancel(id: number): void;
  onPing(payload: Uint8Array): void;
  /** The edge wants a site's certificates, or other ones than before. */
  onCertificateSubscription(subscription: CertificateSubscription): void;
}

/**
 * Why a frame cannot be read on:
 * - `batch_too_long`: there are more than {@link MAXIMUM_BATCH_LENGTH} requests, cancels, pings and subscriptions in it
 * - `ping_length`: a ping with more than {@link MAXIMUM_PING_LENGTH} bytes
 */
export type FrameMalformation =
  FieldMalformation | CertificatesMalformation | 'batch_too_long' | 'ping_length';

/**
 * Reads a frame from an edge. A request that is malformed within itself is handed on as that; where the frame itself is, what
 * stands before has been handed on already.
 *
 * @param message what is in the frame
 * @returns why the frame cannot be read on, if so
 */
export function readEdgeFrame(message: Uint8Array, handler: EdgeFrameHandler): FrameMalformation | undefined {
  const fields = fieldsOf(message);
  let count = 0;
  for (let next = fields.next(); ; next = fields.next()) {
    if (next.done === true) return next.value;
    const { number, value } = next.value;
    if (number > EdgeField.CERTIFICATE_SUBSCRIPTIONS) continue;
    count += 1;
    if (count > MAXIMUM_BATCH_LENGTH) return 'batch_too_long';
    if (number === EdgeField.CANCELS) {
      const ids = typeof value === 'number' ? [value] : readPacked(value, MAXIMUM_BATCH_LENGTH);
      if (typeof ids === 'string') return ids;
      for (const id of ids) handler.onCancel(id);
    } else if (typeof value === 'number') {
      return 'field_type';
    } else if (number === EdgeField.REQUESTS) {
      handler.onRequest(decodeRequest(value), value.length);
    } else if (number === EdgeField.CERTIFICATE_SUBSCRIPTIONS) {
      const subscription = readCertificateSubscription(value);
      if (typeof subscription === 'string') return subscription;
      handler.onCertificateSubscription(subscription);
    } else {
      const payload = readPing(value);
      if (typeof payload === 'string') return payload;
      handler.onPing(payload);
    }
  }
}

/** The fields of an edge's frame, for {@link FrameWriter.add}. */
export const EdgeField = { REQUESTS: 1, CANCELS: 2, PING: 3, CERTIFICATE_SUBSCRIPTIONS: 4 } as const;

/** What the field {@link EdgeField.CANCELS} holds for one id. */
export function encodeCancel(id: number): Uint8Array {
  const field = latchkey.kssl2.EdgeFrame.encode({ cancels: [id] }).finish();
  // Tag and length, each of a byte, stand before it.
  return field.subarray(2);
}

/** What {@link EdgeField.PING} and the pong of a key server hold. */
export function encodePing(payload: Uint8Array): Uint8Array {
  return latchkey.kssl2.Ping.encode({ payload }).finish();
}

/** The payload of a ping or pong. */
export function readPing(message: Uint8Array): Uint8Array | FrameMalformation {
  let payload: Uint8Array = NOTHING;
  const fields = fieldsOf(message);
  for (let next = fields.next(); ; next = fields.next()) {
    if (next.done === true) break;
    if (next.value.number !== 1) continue;
    if (typeof next.value.value === 'number') return 'field_type';
    payload = next.value.value;
  }
  return payload.length > MAXIMUM_PING_LENGTH ? 'ping_length' : payload;
}

/** Numbers that stand one after the other (Protocol Buffers: a packed repeated field). */
function readPacked(bytes: Uint8Array, maximumCount: number): number[] | FrameMalformation {
  const reader = discardingReader(bytes);
  const numbers: number[] = [];
  try {
    while (reader.pos < reader.len) {
      if (numbers.length === maximumCount) return 'batch_too_long';
      numbers.push(reader.uint32());
    }
  } catch {
    return 'cut_off';
  }
  return numbers;
}

const NOTHING: Uint8Array = new Uint8Array(0);

import { latchkey } from '../../generated/kssl2.js';
import type { BytesOfRequest } from '../bytes-of-request.js';
import {
  type CertificateSubscription,
  type CertificatesMalformation,
  readCertificateSubscription,
} from './certificates.js';
import { MAXIMUM_BATCH_LENGTH, MAXIMUM_PING_LENGTH } from './constants.js';
import { FieldCursor, type FieldMalformation } from './fields.js';
import { discardingReader } from './reader.js';
import { RequestDecoder, type RequestDecoding } from './request.js';

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

/** Reads frames from an edge, one after the other. */
export class EdgeFrameReader {
  readonly #handler: EdgeFrameHandler;
  readonly #requests: RequestDecoder;

  /** @param take the bytes that requests hold come from it; what else is handed on are views */
  constructor(handler: EdgeFrameHandler, take: BytesOfRequest) {
    this.#handler = handler;
    this.#requests = new RequestDecoder(take);
  }

  /**
   * Reads what is in a frame. A request that is malformed within itself is handed on as that; where the frame itself is, what
   * stands before has been handed on already.
   *
   * @param start where it lies in these bytes, and `end`
   * @returns why the frame cannot be read on, if so
   */
  read(bytes: Uint8Array, start: number, end: number): FrameMalformation | undefined {
    const field = new FieldCursor(bytes, start, end);
    let count = 0;
    while (field.next()) {
      if (field.number > EdgeField.CERTIFICATE_SUBSCRIPTIONS) continue;
      count += 1;
      if (count > MAXIMUM_BATCH_LENGTH) return 'batch_too_long';
      const malformation = this.#readField(field, bytes);
      if (malformation !== undefined) return malformation;
    }
    return field.malformation;
  }

  #readField(field: FieldCursor, bytes: Uint8Array): FrameMalformation | undefined {
    const handler = this.#handler;
    if (field.number === EdgeField.CANCELS) {
      const ids = field.isNumber ? [field.value] : readPacked(field.view(), MAXIMUM_BATCH_LENGTH);
      if (typeof ids === 'string') return ids;
      for (const id of ids) handler.onCancel(id);
    } else if (field.isNumber) {
      return 'field_type';
    } else if (field.number === EdgeField.REQUESTS) {
      const { start, end } = field;
      handler.onRequest(this.#requests.decode(bytes, start, end), end - start);
    } else if (field.number === EdgeField.CERTIFICATE_SUBSCRIPTIONS) {
      const subscription = readCertificateSubscription(field.view());
      if (typeof subscription === 'string') return subscription;
      handler.onCertificateSubscription(subscription);
    } else {
      const payload = readPing(field.view());
      if (typeof payload === 'string') return payload;
      handler.onPing(payload);
    }
    return undefined;
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
  const field = new FieldCursor(message);
  while (field.next()) {
    if (field.number !== 1) continue;
    if (field.isNumber) return 'field_type';
    payload = field.view();
  }
  if (field.malformation !== undefined) return field.malformation;
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

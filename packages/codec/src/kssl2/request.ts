import { latchkey } from '../../generated/kssl2.js';
import { type BytesOfRequest, RepeatedBytes } from '../bytes-of-request.js';
import { UnencodableMessageError } from '../errors.js';
import type { KeyReference, Operation, OperationRequest, TraceContext } from '../operation.js';
import { decodeText } from '../text.js';
import { ErrorCode, MAXIMUM_REQUEST_LENGTH } from './constants.js';
import { FieldCursor, type FieldMalformation } from './fields.js';
import { MessageFields } from './message-fields.js';
import {
  OPERATION_FIELDS,
  OPERATION_KINDS,
  operationFieldsOf,
  type OperationRefusal,
  readOperation,
} from './request-operation.js';

/**
 * What a request says: a request; or why it is refused and with which code; or, where not even its id can be read and so
 * nobody be answered, only why.
 */
export type RequestDecoding =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly request: OperationRequest;
      /** In milliseconds from its arrival; undefined where the requester has stated none. */
      readonly timeout: number | undefined;
    }
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly code: ErrorCode;
      readonly reason: RefusalReason;
      /** As far as it could be read: what it asked for and with which key. */
      readonly operation: Operation['type'] | undefined;
      readonly ski: Uint8Array | undefined;
    }
  | { readonly kind: 'unreadable'; readonly reason: RefusalReason };

/**
 * Why a request is refused, beside what is wrong with its fields or its operation:
 * - `request_too_long`: it takes more than {@link MAXIMUM_REQUEST_LENGTH} bytes
 * - `id_missing`: it has no id, or 0
 * - `deadline_passed`: its deadline is 0
 * - `ski_length`, `address_length`, `server_name_length`: not 20; 4 or 16; at most 255 bytes
 * - `encoding`: text that is not UTF-8
 */
export type RefusalReason =
  | FieldMalformation
  | OperationRefusal
  | 'request_too_long'
  | 'id_missing'
  | 'deadline_passed'
  | 'ski_length'
  | 'address_length'
  | 'server_name_length'
  | 'encoding';

/** Reads requests, one after the other. A trace context that is not one is ignored (W3C Trace Context, section 4.3). */
export class RequestDecoder {
  readonly #take: BytesOfRequest;
  readonly #ski: RepeatedBytes;

  /** @param take the bytes that requests hold come from it */
  constructor(take: BytesOfRequest) {
    this.#take = take;
    this.#ski = new RepeatedBytes(take);
  }

  /** Reads the request that lies there. Until this returns, `take` must not have anything decoded. */
  decode(bytes: Uint8Array, start: number, end: number): RequestDecoding {
    const malformation =
      end - start > MAXIMUM_REQUEST_LENGTH ? 'request_too_long' : fields.read(bytes, start, end);
    if (malformation !== undefined) return refuseUnread(bytes, start, end, malformation);
    const id = fields.number(RequestField.ID);
    if (id === 0) return { kind: 'unreadable', reason: 'id_missing' };
    const operation = readOperation(fields, bytes, this.#take);
    if (!('type' in operation)) {
      return this.#refuse(bytes, operation.code, operation.reason, operation.operation);
    }
    const reason = malformationOfReference();
    if (reason !== undefined) return this.#refuse(bytes, ErrorCode.MALFORMED, reason, operation.type);
    const key = this.#keyReferenceIn(bytes);
    const traceContext = readTraceContext();
    if (key === undefined || traceContext === 'encoding')
      return this.#refuse(bytes, ErrorCode.MALFORMED, 'encoding', operation.type);
    const hasDeadline = fields.has(RequestField.DEADLINE);
    const deadline = fields.number(RequestField.DEADLINE);
    if (hasDeadline && deadline === 0)
      return this.#refuse(bytes, ErrorCode.DEADLINE_EXCEEDED, 'deadline_passed', operation.type);
    return {
      kind: 'request',
      id,
      request: traceContext === undefined ? { key, operation } : { key, operation, traceContext },
      timeout: hasDeadline ? deadline / 1000 : undefined,
    };
  }

  /** @returns undefined where the name is no text */
  #keyReferenceIn(bytes: Uint8Array): KeyReference | undefined {
    const key: { -readonly [K in keyof KeyReference]: KeyReference[K] } = {};
    const ski = this.#skiIn(bytes);
    if (ski !== undefined) key.ski = ski;
    if (fields.length(RequestField.SERVER_NAME) > 0) {
      const serverName = decodeText(fields.view(RequestField.SERVER_NAME));
      if (serverName === undefined) return undefined;
      key.serverName = serverName;
    }
    if (fields.length(RequestField.CLIENT_ADDRESS) > 0)
      key.clientIp = this.#bytes(bytes, RequestField.CLIENT_ADDRESS);
    if (fields.length(RequestField.SERVER_ADDRESS) > 0)
      key.serverIp = this.#bytes(bytes, RequestField.SERVER_ADDRESS);
    return key;
  }

  /** Edges ask for the same key again and again. */
  #skiIn(bytes: Uint8Array): Uint8Array | undefined {
    return fields.length(RequestField.SKI) === SKI_LENGTH
      ? this.#ski.take(bytes, fields.start(RequestField.SKI), fields.end(RequestField.SKI))
      : undefined;
  }

  #bytes(bytes: Uint8Array, field: number): Uint8Array {
    return this.#take(bytes, fields.start(field), fields.end(field));
  }

  #refuse(
    bytes: Uint8Array,
    code: ErrorCode,
    reason: RefusalReason,
    operation: Operation['type'] | undefined,
  ): RequestDecoding {
    const id = fields.number(RequestField.ID);
    return { kind: 'refused', id, code, reason, operation, ski: this.#skiIn(bytes) };
  }
}

/** Reads one request, in which there are views of the message: see {@link RequestDecoder}. */
export function decodeRequest(message: Uint8Array): RequestDecoding {
  const decoder = new RequestDecoder((bytes, start, end) => bytes.subarray(start, end));
  return decoder.decode(message, 0, message.length);
}

/**
 * Writes a request.
 *
 * @param id unsigned 32 bit, at least 1, not that of another request in flight on the same connection
 * @param timeout in milliseconds from now, until nobody wants the answer any more; less than a microsecond counts as one
 * @throws {UnencodableMessageError} when the protocol has no word for the operation (what signs or decrypts without
 *   saying for what, calls and functions), or a field is not of the length or range that its documentation states
 */
export function encodeRequest(id: number, request: OperationRequest, timeout: number): Uint8Array {
  const { key, operation, traceContext } = request;
  const message = latchkey.kssl2.Request.encode({
    id,
    deadline: Math.min(Math.max(Math.round(timeout * 1000), 1), 0xffff_ffff),
    ...(key.ski && { ski: key.ski }),
    ...(key.serverName !== undefined && { serverName: key.serverName }),
    ...(key.clientIp && { clientAddress: key.clientIp }),
    ...(key.serverIp && { serverAddress: key.serverIp }),
    ...traceContext,
    ...operationFieldsOf(operation),
  }).finish();
  // The one who reads it is the one who knows what is wrong with it.
  const decoding = decodeRequest(message);
  if (decoding.kind === 'request') return message;
  throw new UnencodableMessageError(`The request does not fit into kssl2: ${decoding.reason}`);
}

/** In bytes: SHA-1. */
const SKI_LENGTH = 20;

/** That of the longest host name (RFC 1035, section 2.3.4). */
const MAXIMUM_NAME_LENGTH = 255;

/** The fields of a request that name no operation. */
const RequestField = {
  ID: 1,
  DEADLINE: 2,
  SKI: 3,
  SERVER_NAME: 4,
  CLIENT_ADDRESS: 5,
  SERVER_ADDRESS: 6,
  TRACEPARENT: 7,
  TRACESTATE: 8,
} as const;

/** Of whatever request was read last; as kssl2.proto has them. */
const fields = new MessageFields(
  {
    [RequestField.ID]: 'number',
    [RequestField.DEADLINE]: 'number',
    [RequestField.SKI]: 'bytes',
    [RequestField.SERVER_NAME]: 'bytes',
    [RequestField.CLIENT_ADDRESS]: 'bytes',
    [RequestField.SERVER_ADDRESS]: 'bytes',
    [RequestField.TRACEPARENT]: 'bytes',
    [RequestField.TRACESTATE]: 'bytes',
    ...OPERATION_KINDS,
  },
  OPERATION_FIELDS,
);

/** A request whose form is broken still has its id where that stands before the break. */
function refuseUnread(bytes: Uint8Array, start: number, end: number, reason: RefusalReason): RequestDecoding {
  const field = new FieldCursor(bytes, start, end);
  while (field.next()) {
    if (field.number !== RequestField.ID) continue;
    if (!field.isNumber || field.value === 0) break;
    return {
      kind: 'refused',
      id: field.value,
      code: ErrorCode.MALFORMED,
      reason,
      operation: undefined,
      ski: undefined,
    };
  }
  return { kind: 'unreadable', reason };
}

function malformationOfReference(): RefusalReason | undefined {
  const skiLength = fields.length(RequestField.SKI);
  if (skiLength !== 0 && skiLength !== SKI_LENGTH) return 'ski_length';
  if (
    !isAddressLengthOrNone(fields.length(RequestField.CLIENT_ADDRESS)) ||
    !isAddressLengthOrNone(fields.length(RequestField.SERVER_ADDRESS))
  )
    return 'address_length';
  return fields.length(RequestField.SERVER_NAME) > MAXIMUM_NAME_LENGTH ? 'server_name_length' : undefined;
}

function isAddressLengthOrNone(length: number): boolean {
  return length === 0 || length === 4 || length === 16;
}

/** None where it is not one; `encoding` where it is no text. */
function readTraceContext(): TraceContext | 'encoding' | undefined {
  if (!fields.has(RequestField.TRACEPARENT) && !fields.has(RequestField.TRACESTATE)) return undefined;
  const traceparent = decodeText(fields.view(RequestField.TRACEPARENT));
  const tracestate = decodeText(fields.view(RequestField.TRACESTATE));
  if (traceparent === undefined || tracestate === undefined) return 'encoding';
  if (!TRACEPARENT.test(traceparent)) return undefined;
  return TRACESTATE.test(tracestate) ? { traceparent, tracestate } : { traceparent };
}

/** Version 00 (W3C Trace Context, section 3.2.2); later versions begin the same. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Section 3.3.1.1 asks for 512 characters to be passed on at least. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

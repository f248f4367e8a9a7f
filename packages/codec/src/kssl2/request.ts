import { latchkey } from '../../generated/kssl2.js';
import { UnencodableMessageError } from '../errors.js';
import type { KeyReference, Operation, OperationRequest } from '../operation.js';
import { ErrorCode, MAXIMUM_REQUEST_LENGTH } from './constants.js';
import { type FieldMalformation, fieldsOf, malformationOf, type MessageShape } from './fields.js';
import {
  OPERATION_FIELDS,
  operationFieldsOf,
  operationOf,
  type OperationRefusal,
} from './request-operation.js';
import { discardingReader } from './reader.js';

/**
 * What a request says: a request whose bytes are views of the message; or why it is refused and with which code; or, where
 * not even its id can be read and so nobody be answered, only why.
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

/** Reads a request. A trace context that is not one is ignored (W3C Trace Context, section 4.3). */
export function decodeRequest(message: Uint8Array): RequestDecoding {
  const malformation =
    message.length > MAXIMUM_REQUEST_LENGTH ? 'request_too_long' : malformationOf(message, REQUEST_SHAPE);
  if (malformation !== undefined) return refuseUnread(message, malformation);
  let fields: latchkey.kssl2.Request;
  try {
    fields = latchkey.kssl2.Request.decode(discardingReader(message));
  } catch {
    // Nothing else is left that the form of a message could break.
    return refuseUnread(message, 'encoding');
  }
  const { id, deadline } = fields;
  if (id === 0) return { kind: 'unreadable', reason: 'id_missing' };
  const operation = operationOf(fields);
  const refuse = (code: ErrorCode, reason: RefusalReason): RequestDecoding => ({
    kind: 'refused',
    id,
    code,
    reason,
    operation: 'type' in operation ? operation.type : operation.operation,
    ski: fields.ski.length === SKI_LENGTH ? fields.ski : undefined,
  });
  if (!('type' in operation)) return refuse(operation.code, operation.reason);
  const reason = malformationOfReference(fields);
  if (reason !== undefined) return refuse(ErrorCode.MALFORMED, reason);
  if (deadline === 0) return refuse(ErrorCode.DEADLINE_EXCEEDED, 'deadline_passed');
  return {
    kind: 'request',
    id,
    request: { key: keyReferenceOf(fields), operation, ...traceContextOf(fields) },
    timeout: typeof deadline === 'number' ? deadline / 1000 : undefined,
  };
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

const SIGNATURE_SHAPE: MessageShape = {
  fields: new Map([
    [1, 'number'],
    [2, 'bytes'],
    [3, 'bytes'],
    [4, 'bytes'],
  ]),
};
const PREMASTER_SHAPE: MessageShape = {
  fields: new Map([
    [1, 'bytes'],
    [2, 'number'],
  ]),
};
const CREDENTIAL_SHAPE: MessageShape = {
  fields: new Map([
    [1, 'bytes'],
    [2, 'number'],
    [3, 'number'],
    [4, 'bytes'],
    [5, 'number'],
  ]),
};

/** As kssl2.proto has it; what has fewer fields than its shape is not harmed by that. */
const REQUEST_SHAPE: MessageShape = {
  fields: new Map<number, 'number' | 'bytes' | MessageShape>([
    [1, 'number'],
    [2, 'number'],
    [3, 'bytes'],
    [4, 'bytes'],
    [5, 'bytes'],
    [6, 'bytes'],
    [7, 'bytes'],
    [8, 'bytes'],
    [9, SIGNATURE_SHAPE],
    [10, SIGNATURE_SHAPE],
    [11, PREMASTER_SHAPE],
    [12, CREDENTIAL_SHAPE],
    [13, 'bytes'],
    [14, 'bytes'],
  ]),
  oneOf: OPERATION_FIELDS,
};

/** A request whose form is broken still has its id where that stands before the break. */
function refuseUnread(message: Uint8Array, reason: RefusalReason): RequestDecoding {
  for (const { number, value } of fieldsOf(message)) {
    if (number !== 1) continue;
    if (typeof value !== 'number' || value === 0) break;
    return {
      kind: 'refused',
      id: value,
      code: ErrorCode.MALFORMED,
      reason,
      operation: undefined,
      ski: undefined,
    };
  }
  return { kind: 'unreadable', reason };
}

function malformationOfReference(fields: latchkey.kssl2.Request): RefusalReason | undefined {
  const { ski, clientAddress, serverAddress, serverName } = fields;
  if (ski.length !== 0 && ski.length !== SKI_LENGTH) return 'ski_length';
  if (!isAddressOrNone(clientAddress) || !isAddressOrNone(serverAddress)) return 'address_length';
  return serverName.length > MAXIMUM_NAME_LENGTH ? 'server_name_length' : undefined;
}

function isAddressOrNone({ length }: Uint8Array): boolean {
  return length === 0 || length === 4 || length === 16;
}

function keyReferenceOf(fields: latchkey.kssl2.Request): KeyReference {
  const { ski, serverName, clientAddress, serverAddress } = fields;
  const key: { -readonly [K in keyof KeyReference]: KeyReference[K] } = {};
  if (ski.length > 0) key.ski = ski;
  if (serverName !== '') key.serverName = serverName;
  if (clientAddress.length > 0) key.clientIp = clientAddress;
  if (serverAddress.length > 0) key.serverIp = serverAddress;
  return key;
}

function traceContextOf(fields: latchkey.kssl2.Request): Pick<OperationRequest, 'traceContext'> {
  const { traceparent, tracestate } = fields;
  if (!TRACEPARENT.test(traceparent)) return {};
  return { traceContext: { traceparent, ...(TRACESTATE.test(tracestate) && { tracestate }) } };
}

/** Version 00 (W3C Trace Context, section 3.2.2); later versions begin the same. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Section 3.3.1.1 asks for 512 characters to be passed on at least. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

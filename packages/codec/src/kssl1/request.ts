import { type BytesOfRequest, RepeatedBytes } from '../bytes-of-request.js';
import type { KeyReference, Operation, OperationRequest } from '../operation.js';
import { ErrorCode, Opcode, Tag } from './constants.js';
import { UnencodableMessageError } from '../errors.js';
import { decodeText, encodeText } from '../text.js';
import { frameLengthOf, writeFrameHeader, writePadding } from './frame.js';
import {
  CERTIFICATE_DIGEST_LENGTH,
  isAddressLength,
  ITEM_HEADER_LENGTH,
  Items,
  type Malformation,
  SKI_LENGTH,
  writeItem,
} from './items.js';
import { decodeRequestContext, encodeRequestContext } from './request-context.js';
import { DIGEST_SIGNATURES, digestSchemeOf } from './signatures.js';

/** What a request's body says: a request whose bytes are views of the body, or why it is refused. */
export type RequestDecoding =
  { readonly kind: 'request'; readonly request: OperationRequest } | RequestRefusal;

/** Why a request is refused and with which code. */
export interface RequestRefusal {
  readonly kind: 'refused';
  readonly code: ErrorCode;
  readonly reason: RefusalReason;
}

/**
 * Why a request is refused beside what makes any body malformed (which is answered with 0x07):
 * - `opcode_missing`, `opcode_unknown`: answered with 0x05
 * - `opcode_of_answer`: the opcode of an answer, answered with 0x06
 * - `digest_length`: the digest is not as long as the opcode's hash, answered with 0x01
 */
export type RefusalReason =
  Malformation | 'opcode_missing' | 'opcode_unknown' | 'opcode_of_answer' | 'digest_length';

/**
 * Reads the bodies of requests, one after the other.
 *
 * Text that is not UTF-8 and a request context that is not the text of a JSON object count as absent. A custom
 * operation without a name has the empty one.
 */
export class RequestDecoder {
  readonly #take: BytesOfRequest;
  readonly #ski: RepeatedBytes;

  /** @param take what requests hold comes from it, but for a ping's payload, which is always a view */
  constructor(take: BytesOfRequest) {
    this.#take = take;
    this.#ski = new RepeatedBytes(take);
  }

  /** Reads the body that lies there. Until this returns, `take` must not have anything decoded. */
  decode(body: Uint8Array, start: number, end: number): OperationRequest | RequestRefusal {
    const malformation = items.read(body, start, end);
    if (malformation !== undefined) return refused(ErrorCode.MALFORMED_MESSAGE, malformation);
    const operation = this.#operationIn(body);
    if ('kind' in operation) return operation;
    const request: Mutable<OperationRequest> = { key: this.#keyReferenceIn(body), operation };
    const extra = this.#bytes(body, Tag.EXTRA);
    if (extra !== undefined) request.extra = extra;
    const tracingSpan = this.#bytes(body, Tag.TRACING_SPAN);
    if (tracingSpan !== undefined) request.tracingSpan = tracingSpan;
    const complianceRegion = items.byte(Tag.COMPLIANCE_REGION);
    if (complianceRegion !== undefined) request.complianceRegion = complianceRegion;
    const contextText = items.view(Tag.REQUEST_CONTEXT);
    const requestContext = contextText && decodeRequestContext(contextText);
    if (requestContext !== undefined) request.requestContext = requestContext;
    return request;
  }

  #operationIn(body: Uint8Array): Operation | RequestRefusal {
    const opcode = items.byte(Tag.OPCODE);
    if (opcode === undefined) return refused(ErrorCode.BAD_OPCODE, 'opcode_missing');
    if (opcode === Opcode.PING) return { type: 'ping', payload: items.view(Tag.PAYLOAD) ?? NOTHING };
    const payload = this.#bytes(body, Tag.PAYLOAD) ?? NOTHING;
    const scheme = digestSchemeOf(opcode);
    if (scheme === undefined) return otherOperationOf(opcode, payload);
    return payload.length === DIGEST_SIGNATURES[scheme].digestLength
      ? { type: 'sign_digest', scheme, digest: payload }
      : refused(ErrorCode.CRYPTOGRAPHY_FAILURE, 'digest_length');
  }

  #keyReferenceIn(body: Uint8Array): KeyReference {
    const key: Mutable<KeyReference> = {};
    // Requesters ask for the same key again and again.
    if (items.has(Tag.SKI)) key.ski = this.#ski.take(body, items.start(Tag.SKI), items.end(Tag.SKI));
    const certificateDigest = this.#bytes(body, Tag.CERTIFICATE_DIGEST);
    if (certificateDigest !== undefined) key.certificateDigest = certificateDigest;
    const clientIp = this.#bytes(body, Tag.CLIENT_IP);
    if (clientIp !== undefined) key.clientIp = clientIp;
    const serverIp = this.#bytes(body, Tag.SERVER_IP);
    if (serverIp !== undefined) key.serverIp = serverIp;
    const serverName = textOf(Tag.SERVER_NAME);
    if (serverName !== undefined) key.serverName = serverName;
    const certificateId = textOf(Tag.CERTIFICATE_ID);
    if (certificateId !== undefined) key.certificateId = certificateId;
    return key;
  }

  #bytes(body: Uint8Array, tag: Tag): Uint8Array | undefined {
    return items.has(tag) ? this.#take(body, items.start(tag), items.end(tag)) : undefined;
  }
}

/** Reads one body of a request, in which there are views of it: see {@link RequestDecoder}. */
export function decodeRequest(body: Uint8Array): RequestDecoding {
  const decoder = new RequestDecoder((bytes, start, end) => bytes.subarray(start, end));
  const request = decoder.decode(body, 0, body.length);
  return 'kind' in request ? request : { kind: 'request', request };
}

/**
 * Writes a request as a frame.
 *
 * Fields without a byte are left out, since the protocol takes them for absent.
 *
 * @param id unsigned 32 bit, not that of another request in flight on the same connection
 * @throws {UnencodableMessageError} when v1 has no opcode for the operation (`decrypt_premaster`,
 *   `sign_delegated_credential`, and `sign_message` with any scheme but Ed25519), when a field is not of the length or range that its documentation states, or when all
 *   together takes more than 65535 bytes
 */
export function encodeRequest(id: number, request: OperationRequest): Uint8Array {
  const items = itemsOf(request);
  const itemsLength = items.reduce((sum, [, value]) => sum + ITEM_HEADER_LENGTH + value.length, 0);
  const frame = new Uint8Array(frameLengthOf(itemsLength));
  let position = writeFrameHeader(frame, 0, id, frame.length);
  for (const [tag, value] of items) position = writeItem(frame, position, tag, value);
  writePadding(frame, position, frame.length);
  return frame;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function refused(code: ErrorCode, reason: RefusalReason): RequestRefusal {
  return { kind: 'refused', code, reason };
}

function otherOperationOf(opcode: number, payload: Uint8Array): Operation | RequestRefusal {
  switch (opcode) {
    case Opcode.ED25519:
      return { type: 'sign_message', scheme: 'ed25519', message: payload };
    case Opcode.RSA_DECRYPT:
      return { type: 'decrypt_block', ciphertext: payload };
    case Opcode.SEAL:
      return { type: 'seal', blob: payload };
    case Opcode.UNSEAL:
      return { type: 'unseal', blob: payload };
    case Opcode.RPC:
      return { type: 'rpc', payload };
    case Opcode.CUSTOM:
      return { type: 'custom', functionName: textOf(Tag.CUSTOM_FUNCTION_NAME) ?? '', payload };
    case Opcode.SUCCESS:
    case Opcode.PONG:
    case Opcode.ERROR:
      return refused(ErrorCode.UNEXPECTED_OPCODE, 'opcode_of_answer');
    default:
      // 0x08, raw RSA decryption, among them: the peers have retired it.
      return refused(ErrorCode.BAD_OPCODE, 'opcode_unknown');
  }
}

/** None when it is not there, or is no text, which is no malformation: a request whose key the SKI names is still answered. */
function textOf(tag: Tag): string | undefined {
  const value = items.view(tag);
  return value && decodeText(value);
}

/** Of whatever body was read last. */
const items = new Items();
const NOTHING = new Uint8Array(0);

type Item = readonly [tag: Tag, value: Uint8Array];

function itemsOf(request: OperationRequest): Item[] {
  const { key, operation, complianceRegion } = request;
  if (complianceRegion !== undefined && !isByte(complianceRegion)) {
    throw new UnencodableMessageError('The compliance region is not an integer from 0 to 255');
  }
  requireLength('The SKI', key.ski, (length) => length === SKI_LENGTH);
  requireLength(
    'The certificate digest',
    key.certificateDigest,
    (length) => length === CERTIFICATE_DIGEST_LENGTH,
  );
  requireLength("The client's address", key.clientIp, isAddressLength);
  requireLength("The server's address", key.serverIp, isAddressLength);

  const { opcode, payload } = opcodeAndPayloadOf(operation);
  const fields: readonly (readonly [tag: Tag, value: Uint8Array | undefined])[] = [
    [Tag.OPCODE, Uint8Array.of(opcode)],
    [Tag.SKI, key.ski],
    [Tag.CERTIFICATE_DIGEST, key.certificateDigest],
    [Tag.CERTIFICATE_ID, encodeText(key.certificateId ?? '')],
    [Tag.SERVER_NAME, encodeText(key.serverName ?? '')],
    [Tag.CLIENT_IP, key.clientIp],
    [Tag.SERVER_IP, key.serverIp],
    [Tag.CUSTOM_FUNCTION_NAME, encodeText(operation.type === 'custom' ? operation.functionName : '')],
    [Tag.EXTRA, request.extra],
    [Tag.TRACING_SPAN, request.tracingSpan],
    [Tag.REQUEST_CONTEXT, request.requestContext && encodeRequestContext(request.requestContext)],
    [Tag.COMPLIANCE_REGION, complianceRegion === undefined ? undefined : Uint8Array.of(complianceRegion)],
    [Tag.PAYLOAD, payload],
  ];
  return fields.filter((field): field is Item => field[1] !== undefined && field[1].length > 0);
}

function opcodeAndPayloadOf(operation: Operation): { opcode: Opcode; payload: Uint8Array } {
  switch (operation.type) {
    case 'sign_digest': {
      const { opcode, digestLength } = DIGEST_SIGNATURES[operation.scheme];
      requireLength('The digest', operation.digest, (length) => length === digestLength);
      return { opcode, payload: operation.digest };
    }
    case 'sign_message':
      if (operation.scheme === 'ed25519') return { opcode: Opcode.ED25519, payload: operation.message };
      break;
    case 'sign_delegated_credential':
    case 'sign_certificate_verify':
    case 'sign_server_key_exchange':
    case 'decrypt_premaster':
      break;
    case 'decrypt_block':
      return { opcode: Opcode.RSA_DECRYPT, payload: operation.ciphertext };
    case 'seal':
      return { opcode: Opcode.SEAL, payload: operation.blob };
    case 'unseal':
      return { opcode: Opcode.UNSEAL, payload: operation.blob };
    case 'rpc':
      return { opcode: Opcode.RPC, payload: operation.payload };
    case 'custom':
      return { opcode: Opcode.CUSTOM, payload: operation.payload };
    case 'ping':
      return { opcode: Opcode.PING, payload: operation.payload };
  }
  const scheme = operation.type === 'sign_message' ? ` with ${operation.scheme}` : '';
  throw new UnencodableMessageError(`Keyless SSL v1 has no opcode for ${operation.type}${scheme}`);
}

function requireLength(
  field: string,
  value: Uint8Array | undefined,
  isAllowed: (length: number) => boolean,
): void {
  if (value === undefined || isAllowed(value.length)) return;
  throw new UnencodableMessageError(`${field} is ${value.length} bytes long, which does not fit`);
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xff;
}

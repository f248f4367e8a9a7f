import { Tag } from './constants.js';
import { byteAt, readUint16, writeUint16 } from './integers.js';

/** Bytes before an item's value: tag and length. */
export const ITEM_HEADER_LENGTH = 3;

/**
 * What makes a body malformed (docs/protocol/kssl1.md, "Items"):
 * - `item_past_end`: an item is longer than what is left of the body
 * - `tag_twice`: a tag that v1 defines, padding included, stands there twice, be its values empty or not
 * - `opcode_length`: the opcode is not one byte
 * - `client_ip_length`, `server_ip_length`: the address is of neither 4 nor 16 bytes
 * - `compliance_region_length`: the region is not one byte
 */
export type Malformation =
  | 'item_past_end'
  | 'tag_twice'
  | 'opcode_length'
  | 'client_ip_length'
  | 'server_ip_length'
  | 'compliance_region_length';

/** The values in a body, as views of it, of the lengths that v1 asks for. An empty value is the same as none. */
export interface Items {
  certificateDigest: Uint8Array | undefined;
  serverName: Uint8Array | undefined;
  clientIp: Uint8Array | undefined;
  ski: Uint8Array | undefined;
  serverIp: Uint8Array | undefined;
  certificateId: Uint8Array | undefined;
  opcode: number | undefined;
  /** Empty when there is none. */
  payload: Uint8Array;
  customFunctionName: Uint8Array | undefined;
  extra: Uint8Array | undefined;
  tracingSpan: Uint8Array | undefined;
  requestContext: Uint8Array | undefined;
  complianceRegion: number | undefined;
}

export const CERTIFICATE_DIGEST_LENGTH = 32;
export const SKI_LENGTH = 20;

/** Whether an IP address (version 4 or 6) is of so many bytes. */
export function isAddressLength(length: number): boolean {
  return length === 4 || length === 16;
}

/** Takes a body apart. */
export function readItems(body: Uint8Array): Items | Malformation {
  const items: Items = {
    certificateDigest: undefined,
    serverName: undefined,
    clientIp: undefined,
    ski: undefined,
    serverIp: undefined,
    certificateId: undefined,
    opcode: undefined,
    payload: NOTHING,
    customFunctionName: undefined,
    extra: undefined,
    tracingSpan: undefined,
    requestContext: undefined,
    complianceRegion: undefined,
  };
  let seen = 0;
  let offset = 0;
  // One or two stray bytes at the end are no item: the peers ignore them, and so do we.
  while (offset + ITEM_HEADER_LENGTH <= body.length) {
    const tag = byteAt(body, offset);
    const start = offset + ITEM_HEADER_LENGTH;
    const end = start + readUint16(body, offset + 1);
    if (end > body.length) return 'item_past_end';
    offset = end;

    const bit = TAG_BITS[tag] as number;
    if ((seen & bit) !== 0) return 'tag_twice';
    seen |= bit;

    const malformation = readItem(items, tag, body, start, end);
    if (malformation !== undefined) return malformation;
  }
  return items;
}

/** Writes an item and returns where the next one begins. */
export function writeItem(target: Uint8Array, offset: number, tag: Tag, value: Uint8Array): number {
  const start = writeItemHeader(target, offset, tag, value.length);
  target.set(value, start);
  return start + value.length;
}

/** Writes an item of one byte and returns where the next one begins. */
export function writeByteItem(target: Uint8Array, offset: number, tag: Tag, value: number): number {
  const start = writeItemHeader(target, offset, tag, 1);
  target[start] = value;
  return start + 1;
}

/** Writes the beginning of an item and returns where its value goes. */
export function writeItemHeader(target: Uint8Array, offset: number, tag: Tag, length: number): number {
  target[offset] = tag;
  writeUint16(target, offset + 1, length);
  return offset + ITEM_HEADER_LENGTH;
}

function readItem(
  items: Items,
  tag: number,
  body: Uint8Array,
  start: number,
  end: number,
): Malformation | undefined {
  const length = end - start;
  if (tag === Tag.OPCODE) {
    if (length !== 1) return 'opcode_length';
    items.opcode = byteAt(body, start);
    return undefined;
  }
  if (length === 0) return undefined;
  switch (tag) {
    case Tag.CERTIFICATE_DIGEST:
      // A digest or SKI of the wrong length counts as absent.
      if (length === CERTIFICATE_DIGEST_LENGTH) items.certificateDigest = body.subarray(start, end);
      break;
    case Tag.SERVER_NAME:
      items.serverName = body.subarray(start, end);
      break;
    case Tag.CLIENT_IP:
      if (!isAddressLength(length)) return 'client_ip_length';
      items.clientIp = body.subarray(start, end);
      break;
    case Tag.SKI:
      if (length === SKI_LENGTH) items.ski = body.subarray(start, end);
      break;
    case Tag.SERVER_IP:
      if (!isAddressLength(length)) return 'server_ip_length';
      items.serverIp = body.subarray(start, end);
      break;
    case Tag.CERTIFICATE_ID:
      items.certificateId = body.subarray(start, end);
      break;
    case Tag.PAYLOAD:
      items.payload = body.subarray(start, end);
      break;
    case Tag.CUSTOM_FUNCTION_NAME:
      items.customFunctionName = body.subarray(start, end);
      break;
    case Tag.EXTRA:
      items.extra = body.subarray(start, end);
      break;
    case Tag.TRACING_SPAN:
      items.tracingSpan = body.subarray(start, end);
      break;
    case Tag.REQUEST_CONTEXT:
      items.requestContext = body.subarray(start, end);
      break;
    case Tag.COMPLIANCE_REGION:
      if (length !== 1) return 'compliance_region_length';
      items.complianceRegion = byteAt(body, start);
      break;
    // Padding has no meaning, and an unknown tag is skipped.
  }
  return undefined;
}

const NOTHING = new Uint8Array(0);

/** A bit of its own for each tag that v1 defines, none for others. */
const TAG_BITS = new Uint32Array(0x100);
for (const [index, tag] of Object.values(Tag).entries()) TAG_BITS[tag] = 1 << index;

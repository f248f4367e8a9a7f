import { Opcode } from '@latchkey/codec/kssl1';

// docs/protocol/kssl1.md, "Frame"

export const HEADER_LENGTH = 8;
export const MAXIMUM_FRAME_LENGTH = HEADER_LENGTH + 0xffff;

/** The id of the frame that begins there. */
export function idAt(bytes: Buffer, start: number): number {
  return bytes.readUInt32BE(start + 4);
}

/**
 * Whether the frame that begins there says at its beginning, where our key server says it, that the operation was
 * performed. False means that the frame must be decoded to know.
 */
export function saysSuccess(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < OPCODE_ITEM_END || bytes[start] !== MAJOR_VERSION) return false;
  const item = start + HEADER_LENGTH;
  if (bytes[item] !== OPCODE_TAG || bytes[item + 1] !== 0 || bytes[item + 2] !== 1) return false;
  const opcode = bytes[item + 3];
  return opcode === Opcode.SUCCESS || opcode === Opcode.PONG;
}

const MAJOR_VERSION = 1;

const OPCODE_TAG = 0x11;
/** Tag, a length of 1 in two bytes, and the opcode. */
const OPCODE_ITEM_END = HEADER_LENGTH + 4;

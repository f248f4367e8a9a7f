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
export function saysSuccess(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < OPCODE_ITEM_END || bytes[start] !== MAJOR_VERSION) return false;
  const opcodeItem = bytes.readUInt32BE(start + HEADER_LENGTH);
  return opcodeItem === SUCCESS_ITEM || opcodeItem === PONG_ITEM;
}

const MAJOR_VERSION = 1;

/** Tag 0x11, length 1, and the opcode. */
const SUCCESS_ITEM = 0x11_00_01_00 | Opcode.SUCCESS;
const PONG_ITEM = 0x11_00_01_00 | Opcode.PONG;
const OPCODE_ITEM_END = HEADER_LENGTH + 4;

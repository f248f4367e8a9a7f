import type { Socket } from 'node:net';
import { TlsFlag, type TlsServerConnection } from '@latchkey/native';
import { descriptorForSending } from './descriptor.js';
import { Scratch } from './scratch.js';

/** How much plaintext is encrypted before the raw socket is asked whether it can take more, in bytes. */
export const PIECE_LENGTH = 65_536;

/** Records of such a piece, whatever the cipher, and a few of TLS's own. */
const scratch = new Scratch(PIECE_LENGTH + 2048);

/**
 * Sends all that the connection has for the visitor.
 *
 * @returns whether more may be sent at once; otherwise the raw socket will emit 'drain'
 */
export function sendOutput(raw: Socket, connection: TlsServerConnection): boolean {
  const descriptor = descriptorForSending(raw);
  if (descriptor !== undefined && (connection.sendOutput(descriptor) & TlsFlag.OUTPUT) === 0) return true;
  for (;;) {
    const length = connection.takeOutputInto(scratch.memory);
    if (length === 0) return true;
    // Most often the kernel takes everything at once. For a visitor who reads slowly only the first piece keeps the
    // scratch memory, the others what they need.
    const isFirst = raw.writableLength === 0;
    const isBelowMark = raw.write(isFirst ? scratch.lend(length) : scratch.take(length));
    const isHeld = raw.writableLength > 0;
    if (isFirst && isHeld) scratch.giveAway();
    if (length < scratch.length) return isBelowMark || !isHeld;
  }
}

/** What is to be written: with strings as they come from Node's http. */
export interface Chunk {
  readonly chunk: Buffer | string;
  readonly encoding: BufferEncoding;
}

/** Where small chunks are gathered, so that they share a record. */
const gathered = Buffer.allocUnsafeSlow(PIECE_LENGTH);

/**
 * Joins chunks that fit into one piece, most often the head and the body of an answer.
 *
 * @returns undefined for those that are longer; otherwise what may be overwritten by the next that is joined
 */
export function joinSmall(chunks: readonly Chunk[]): Buffer | undefined {
  let filled = 0;
  for (const { chunk, encoding } of chunks) {
    if (filled + maximumLengthOf(chunk) > PIECE_LENGTH) return undefined;
    filled +=
      typeof chunk === 'string' ? gathered.write(chunk, filled, encoding) : chunk.copy(gathered, filled);
  }
  return gathered.subarray(0, filled);
}

/** No encoding makes more than three bytes of a UTF-16 code unit. */
function maximumLengthOf(chunk: Buffer | string): number {
  return typeof chunk === 'string' ? chunk.length * 3 : chunk.length;
}

/**
 * Cuts and joins chunks to pieces of at most {@link PIECE_LENGTH}. A piece may be overwritten as soon as any other is asked
 * for.
 */
export function* piecesOf(chunks: readonly Buffer[]): Generator<Buffer, void, undefined> {
  let filled = 0;
  for (const [index, chunk] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    for (let start = 0; start < chunk.length;) {
      const left = chunk.length - start;
      if (filled === 0 && (isLast || left >= PIECE_LENGTH)) {
        yield chunk.subarray(start, start + PIECE_LENGTH);
        start += PIECE_LENGTH;
        continue;
      }
      const copied = chunk.copy(gathered, filled, start);
      filled += copied;
      start += copied;
      if (filled === PIECE_LENGTH) {
        yield gathered;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield gathered.subarray(0, filled);
}

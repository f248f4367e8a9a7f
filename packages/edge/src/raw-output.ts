import type { Socket } from 'node:net';
import type { TlsServerConnection } from '@latchkey/native';
import { Scratch } from './scratch.js';

/** How much plaintext is encrypted before the raw socket is asked whether it can take more, in bytes. */
const PIECE_LENGTH = 65_536;

/** Records of such a piece, whatever the cipher, and a few of TLS's own. */
const scratch = new Scratch(PIECE_LENGTH + 2048);

/**
 * Sends all that the connection has for the visitor.
 *
 * @returns whether more may be sent at once; otherwise the raw socket will emit 'drain'
 */
export function sendOutput(raw: Socket, connection: TlsServerConnection): boolean {
  for (;;) {
    const bytes = scratch.fill((into) => connection.takeOutputInto(into));
    if (bytes.length === 0) return true;
    const isBelowMark = raw.write(bytes);
    // Most often the kernel has taken everything by now, whatever the mark says.
    const isHeld = raw.writableLength > 0;
    if (!isHeld) scratch.giveBack(bytes);
    if (bytes.length < scratch.length) return isBelowMark || !isHeld;
  }
}

/** Where small chunks are gathered, so that they share a record. */
const gathered = Buffer.allocUnsafeSlow(PIECE_LENGTH);

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

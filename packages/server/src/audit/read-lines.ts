import { createReadStream } from 'node:fs';
import { reasonOf } from '../system-error.js';
import { AuditLogError } from './errors.js';
import { MAXIMUM_LINE_LENGTH } from './line.js';

/** A line as it stands in a file. */
export interface FileLine {
  /** Without the line feed. Valid until the next line is asked for. */
  readonly bytes: Uint8Array;
  /** False for what follows the last line feed. */
  readonly complete: boolean;
}

/**
 * Reads a file line by line in constant memory. What is longer than a line can be comes as one that is cut off, and ends
 * the reading.
 *
 * @throws {AuditLogError} when the file cannot be read
 */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunksOf(path)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end; (end = bytes.indexOf(LINE_FEED, start)) !== -1; start = end + 1) {
      yield { bytes: bytes.subarray(start, end), complete: true };
    }
    rest = bytes.subarray(start);
    if (rest.length > MAXIMUM_LINE_LENGTH) {
      yield { bytes: rest.subarray(0, MAXIMUM_LINE_LENGTH), complete: true };
      return;
    }
  }
  if (rest.length > 0) yield { bytes: rest, complete: false };
}

const LINE_FEED = 0x0a;

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Buffer;
  } catch (error) {
    throw new AuditLogError(path, reasonOf(error), error);
  }
}

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { KeyServerError } from './errors.js';
import { reasonOf } from './system-error.js';

/** A file of secrets cannot be used. Never holds any of the file's bytes. */
export class SecretFileError extends KeyServerError {
  readonly code = 'LATCHKEY_SECRET_FILE_UNUSABLE';
  readonly file: string;
  /** What is wrong with it, in a few words. */
  readonly reason: string;

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
    this.file = file;
    this.reason = reason;
  }
}

/**
 * Reads a file of secrets: one a line, 32 bytes as 64 hexadecimal digits, which is what `openssl rand -hex 32` prints.
 *
 * The secrets never become JavaScript strings, which could not be wiped.
 *
 * @returns the secrets in the order of the file, at least one; whoever takes them wipes them
 * @throws {SecretFileError} when the file cannot be read or has anything else in it
 */
export async function readSecretFile(path: string): Promise<Uint8Array[]> {
  const text = await readBytes(path);
  const secrets: Uint8Array[] = [];
  try {
    for (const line of linesOf(text)) if (line.length > 0) secrets.push(fromHex(line));
    if (secrets.length === 0) throw new Error('there is no secret in it');
    return secrets;
  } catch (error) {
    for (const secret of secrets) secret.fill(0);
    throw new SecretFileError(path, reasonOf(error));
  } finally {
    text.fill(0);
  }
}

/** In bytes. */
const SECRET_LENGTH = 32;
/** More than the secrets of many years. */
const MAXIMUM_FILE_LENGTH = 16 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = Buffer.alloc(MAXIMUM_FILE_LENGTH + 1);
  let file;
  try {
    // O_NONBLOCK: a named pipe would wait for its other end.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { bytesRead } = await file.read(bytes);
    if (bytesRead > MAXIMUM_FILE_LENGTH) throw new Error('it is longer than any file of secrets');
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    bytes.fill(0);
    throw new SecretFileError(path, reasonOf(error));
  } finally {
    await file?.close();
  }
}

function* linesOf(text: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf(LINE_FEED, start);
    const end = found === -1 ? text.length : found;
    yield text.subarray(start, text[end - 1] === CARRIAGE_RETURN && end > start ? end - 1 : end);
    start = end + 1;
  }
}

function fromHex(line: Uint8Array): Uint8Array {
  if (line.length !== 2 * SECRET_LENGTH || line.some((digit) => !isHexDigit(digit))) {
    throw new Error('each line must be 64 hexadecimal digits, as "openssl rand -hex 32" prints them');
  }
  return Uint8Array.from(
    { length: SECRET_LENGTH },
    (_, index) => (valueOf(line[2 * index]) << 4) | valueOf(line[2 * index + 1]),
  );
}

function isHexDigit(digit: number): boolean {
  const lowerCase = digit | 0x20;
  return (digit >= 0x30 && digit <= 0x39) || (lowerCase >= 0x61 && lowerCase <= 0x66);
}

/** Without a table: its look-ups would tell the secret to whoever can watch the cache. */
function valueOf(digit = 0): number {
  return (digit & 0x0f) + 9 * (digit >> 6);
}

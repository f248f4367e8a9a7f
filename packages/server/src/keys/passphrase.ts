import { readFile } from 'node:fs/promises';
import type { PassphraseSource } from '../configuration/configuration.js';

/**
 * Reads a passphrase.
 *
 * @returns its bytes, the caller's to wipe; a file's without the end of its line
 * @throws Error that says what is wrong, without any of the bytes
 */
export async function readPassphrase(source: PassphraseSource): Promise<Uint8Array> {
  if (source.type === 'environment') {
    const value = process.env[source.name];
    if (value === undefined || value === '')
      throw new Error(`the environment variable ${source.name} is not set`);
    return Buffer.from(value);
  }
  const bytes = await readFile(source.path);
  const passphrase = Uint8Array.from(bytes.subarray(0, lengthOfLine(bytes)));
  bytes.fill(0);
  if (passphrase.length === 0) throw new Error(`there is nothing in ${source.path}`);
  return passphrase;
}

/** Only one line's end is taken away: a passphrase may end in spaces, or in another. */
function lengthOfLine(bytes: Uint8Array): number {
  const { length } = bytes;
  if (bytes[length - 1] !== LINE_FEED) return length;
  return bytes[length - 2] === CARRIAGE_RETURN ? length - 2 : length - 1;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

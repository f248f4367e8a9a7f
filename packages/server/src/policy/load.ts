import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '../errors.js';
import { reasonOf } from '../system-error.js';
import { parsePolicy } from './parse.js';
import type { Policy } from './policy.js';

/**
 * Reads a policy file: see {@link parsePolicy}.
 *
 * @throws {ConfigurationError} also when the file cannot be read
 */
export async function loadPolicy(fileName: string): Promise<Policy> {
  let text: string;
  try {
    text = await readFile(fileName, 'utf8');
  } catch (error) {
    throw new ConfigurationError([{ source: fileName, message: reasonOf(error) }]);
  }
  return parsePolicy(text, fileName);
}

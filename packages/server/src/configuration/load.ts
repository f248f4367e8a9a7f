import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '../errors.js';
import { reasonOf } from '../system-error.js';
import type { ServerConfiguration } from './configuration.js';
import { type ConfigurationOverride, parseConfiguration } from './parse.js';

/**
 * Reads a configuration file: see {@link parseConfiguration}.
 *
 * @throws {ConfigurationError} also when the file cannot be read
 */
export async function loadConfiguration(
  fileName: string,
  overrides?: readonly ConfigurationOverride[],
): Promise<ServerConfiguration> {
  return parseConfiguration(await readConfigurationText(fileName), fileName, overrides);
}

/**
 * Reads the text of a configuration file.
 *
 * @throws {ConfigurationError} when it cannot be read
 */
export async function readConfigurationText(fileName: string): Promise<string> {
  try {
    return await readFile(fileName, 'utf8');
  } catch (error) {
    throw new ConfigurationError([{ source: fileName, message: reasonOf(error) }]);
  }
}

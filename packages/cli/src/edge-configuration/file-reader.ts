import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import {
  ConfigurationError,
  type ConfigurationProblem,
  readSecretFile,
  SecretFileError,
} from '@latchkey/server';
import { FileError, readBinaryFile, type TextFile } from '../files.js';
import type { KeyPath } from '../yaml-document.js';

/**
 * Reads the files that a configuration names, and remembers which they were and what was in them. Relative paths are
 * resolved against the folder of the configuration.
 */
export class FileReader {
  readonly #configurationFile: string;
  readonly #problemAt: (path: KeyPath, message: string) => ConfigurationProblem;
  readonly #digests = new Map<string, string>();

  constructor({ path, text }: TextFile, problemAt: (path: KeyPath, message: string) => ConfigurationProblem) {
    this.#configurationFile = resolve(path);
    this.#problemAt = problemAt;
    this.#digests.set(this.#configurationFile, digestOf(Buffer.from(text)));
  }

  /** Absolute paths of all files read, the configuration's own included. */
  get files(): readonly string[] {
    return [...this.#digests.keys()].sort();
  }

  /** The same as long as all files hold the same. */
  get fingerprint(): string {
    return this.files.map((file) => this.#digests.get(file)).join('-');
  }

  /**
   * @param key where the configuration names the file
   * @param parse may throw a FileError
   * @throws ConfigurationError
   */
  async readText<Value>(key: KeyPath, path: string, parse: (file: TextFile) => Value): Promise<Value> {
    return this.#at(key, async () => {
      const file = this.#resolve(path);
      return parse({ path: file, text: (await this.#read(file)).toString('utf8') });
    });
  }

  /** @throws ConfigurationError */
  async readBytes(key: KeyPath, path: string): Promise<Buffer> {
    return this.#at(key, () => this.#read(this.#resolve(path)));
  }

  /**
   * Reads secrets of 32 bytes, one to a line in hexadecimal digits.
   *
   * @throws ConfigurationError
   */
  async readSecrets(key: KeyPath, path: string): Promise<readonly Uint8Array[]> {
    return this.#at(key, async () => {
      const file = this.#resolve(path);
      const secrets = await readSecretFile(file);
      this.#digests.set(file, digestOf(Buffer.concat(secrets)));
      return secrets;
    });
  }

  async #at<Value>(key: KeyPath, read: () => Promise<Value>): Promise<Value> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof FileError || error instanceof SecretFileError)
        throw new ConfigurationError([this.#problemAt(key, error.message)]);
      throw error;
    }
  }

  async #read(file: string): Promise<Buffer> {
    const bytes = await readBinaryFile(file);
    this.#digests.set(file, digestOf(bytes));
    return bytes;
  }

  #resolve(path: string): string {
    return resolve(dirname(this.#configurationFile), path);
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

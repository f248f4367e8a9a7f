import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { ConfigurationError } from './errors.js';
import { reasonOf } from './system-error.js';

/** A file that holds the id of this process for as long as it serves. */
export class PidFile {
  readonly #path: string;
  #isWritten = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {ConfigurationError} when it cannot be written */
  async write(): Promise<void> {
    try {
      await writeFile(this.#path, `${process.pid}\n`);
    } catch (error) {
      throw new ConfigurationError([{ source: this.#path, key: 'pid_file', message: reasonOf(error) }]);
    }
    this.#isWritten = true;
    // Also when the process ends without waiting for anything.
    process.on('exit', this.remove);
  }

  /** Removes it if it was written. */
  readonly remove = (): void => {
    if (!this.#isWritten) return;
    this.#isWritten = false;
    process.off('exit', this.remove);
    rmSync(this.#path, { force: true });
  };
}

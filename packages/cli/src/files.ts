import { readFile } from 'node:fs/promises';

/** A file that the user named cannot be read. */
export class FileError extends Error {
  readonly code = 'LATCHKEY_FILE_UNREADABLE';
  override readonly name = 'FileError';
  readonly path: string;

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`cannot read ${path}: ${reason}`, options);
    this.path = path;
  }
}

/** A file with the text that was in it. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Reads a file as UTF-8.
 *
 * @throws {@link FileError} saying in words why it cannot be read
 */
export async function readTextFile(path: string): Promise<TextFile> {
  return { path, text: (await readBinaryFile(path)).toString('utf8') };
}

/**
 * Reads a file as it is.
 *
 * @throws {@link FileError} saying in words why it cannot be read
 */
export async function readBinaryFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FileError(path, reasonOf(error), { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

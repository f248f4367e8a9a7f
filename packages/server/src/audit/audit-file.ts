import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatHead, headFileOf } from './head.js';
import type { AuditPosition, ChainHash } from './line.js';

/** Lines that go into one file together. */
export interface AuditBatch {
  readonly lines: Uint8Array;
  /** The position of the last of them. */
  readonly end: AuditPosition;
  /** Set when they are the last of their file: what it is called from then on. */
  readonly archiveAs?: string;
}

/** Where an audit log writes its lines. */
export interface AuditSink {
  /**
   * Makes the lines durable. After a failure nothing else may be written until the same batch has been: what of it has
   * reached the file is not written again.
   */
  write(batch: AuditBatch): Promise<void>;
  close(): Promise<void>;
}

/** The file that an audit log is writing, and the head beside it. */
export class AuditFile implements AuditSink {
  readonly #path: string;
  readonly #start: AuditPosition;
  readonly #chain: ChainHash;
  readonly #onInterference: () => void;
  #file: FileHandle | undefined;
  #head: FileHandle | undefined;
  /** How long we have made the file. */
  #length = 0;
  /** Whether the file is new in its folder, and that is not on the disk yet. */
  #isNew = false;
  /** How much of the batch under way is in the file. */
  #written = 0;

  /**
   * @param start what its first line will be chained to
   * @param onInterference called when somebody else has changed or deleted the file while it was open
   */
  constructor(path: string, start: AuditPosition, chain: ChainHash, onInterference: () => void) {
    this.#path = path;
    this.#start = start;
    this.#chain = chain;
    this.#onInterference = onInterference;
  }

  async write({ lines, end, archiveAs }: AuditBatch): Promise<void> {
    const file = await this.#openFile();
    while (this.#written < lines.length) {
      const { bytesWritten } = await file.write(lines, this.#written);
      this.#written += bytesWritten;
      this.#length += bytesWritten;
    }
    // In this order: a head that a power cut leaves behind never names lines which it took.
    await file.datasync();
    if (this.#isNew) await this.#synchronizeFolder();
    await this.#writeHead(end);
    if (archiveAs !== undefined) await this.#archive(file, archiveAs);
    this.#written = 0;
  }

  async close(): Promise<void> {
    const files = [this.#file, this.#head];
    this.#file = undefined;
    this.#head = undefined;
    for (const file of files) await file?.close();
  }

  async #openFile(): Promise<FileHandle> {
    if (this.#file !== undefined) {
      const { size, nlink } = await this.#file.stat();
      if (size === this.#length && nlink > 0) return this.#file;
      this.#onInterference();
      await this.#file.close();
      this.#file = undefined;
    }
    // Before the first line, so that there is never a log without its head.
    if (this.#head === undefined) await this.#writeHead(this.#start);
    const file = await open(
      this.#path,
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT,
      OWNER_ONLY,
    );
    this.#file = file;
    this.#length = (await file.stat()).size;
    this.#isNew = true;
    return file;
  }

  async #writeHead(end: AuditPosition): Promise<void> {
    // Written in place: it is shorter than the sector that a disk writes as one.
    this.#head ??= await open(headFileOf(this.#path), constants.O_WRONLY | constants.O_CREAT, OWNER_ONLY);
    await this.#head.write(formatHead(end, this.#chain), 0);
  }

  async #synchronizeFolder(): Promise<void> {
    const folder = await open(dirname(this.#path));
    try {
      await folder.sync();
      this.#isNew = false;
    } finally {
      await folder.close();
    }
  }

  async #archive(file: FileHandle, name: string): Promise<void> {
    await this.#head?.datasync();
    await rename(this.#path, name);
    this.#file = undefined;
    this.#written = 0;
    // All is on the disk already, and the batch must not be written again.
    await file.close().catch(() => undefined);
  }
}

const OWNER_ONLY = 0o600;

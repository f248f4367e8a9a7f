import type { AuditBatch } from './audit-file.js';
import { type AuditPosition, type ChainHash, formatLine } from './line.js';
import { archiveNameOf } from './resume.js';

/** When a file ends and the next one begins. */
export interface RotationSettings {
  readonly path: string;
  /** In bytes. */
  readonly maximumFileLength: number;
  /** In milliseconds. */
  readonly maximumFileAge: number;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
}

/** The file that lines are meant for. */
export interface CurrentFile {
  readonly firstSequence: number;
  /** In milliseconds since 1970. */
  readonly openedAt: number;
  readonly length: number;
}

/** Lines that wait to be written: chained, and assigned to files. */
export class LineQueue {
  readonly #chain: ChainHash;
  readonly #settings: RotationSettings;
  #position: AuditPosition;
  #firstSequence: number;
  #openedAt: number;
  #fileLength: number;
  /** By file; lines are added to the last. */
  readonly #finished: Segment[] = [];
  #segment: Segment;
  #length = 0;

  /** @param file the file to go on with; without, one is begun */
  constructor(chain: ChainHash, settings: RotationSettings, position: AuditPosition, file?: CurrentFile) {
    this.#chain = chain;
    this.#settings = settings;
    this.#position = position;
    this.#firstSequence = file?.firstSequence ?? position.sequence + 1;
    this.#openedAt = file?.openedAt ?? settings.now();
    this.#fileLength = file?.length ?? 0;
    this.#segment = { lines: [], end: position };
    if (file === undefined) this.#addFileOpened();
  }

  /** The number of the last line. */
  get sequence(): number {
    return this.#position.sequence;
  }

  /** How many bytes wait. */
  get length(): number {
    return this.#length;
  }

  /** Adds a line, in the next file where this one is full or old. */
  add(content: object): void {
    const { maximumFileLength, maximumFileAge, now } = this.#settings;
    if (this.#fileLength >= maximumFileLength || now() - this.#openedAt >= maximumFileAge)
      this.#startNextFile();
    this.addHere(content);
  }

  /** Adds a line in the same file, whatever its length. */
  addHere(content: object): void {
    const time = new Date(this.#settings.now()).toISOString();
    const line = formatLine({ time, ...content }, this.#position, this.#chain);
    this.#position = { sequence: line.sequence, hash: line.hash };
    this.#push(line.text);
  }

  /** Ends the line that stands in the file already. */
  addLineFeed(): void {
    this.#push('\n');
  }

  /** Takes out what waits for the first file; undefined when nothing does. */
  take(): AuditBatch | undefined {
    const { lines, end, archiveAs } = this.#finished.shift() ?? this.#segment;
    if (lines.length === 0) return undefined;
    if (archiveAs === undefined) this.#segment = { lines: [], end };
    const bytes = Buffer.from(lines.join(''));
    this.#length -= bytes.length;
    return { lines: bytes, end, ...(archiveAs !== undefined && { archiveAs }) };
  }

  #startNextFile(): void {
    this.addHere({ event: 'file_closed' });
    const archiveAs = archiveNameOf(this.#settings.path, this.#firstSequence);
    this.#finished.push({ ...this.#segment, archiveAs });
    this.#segment = { lines: [], end: this.#position };
    this.#firstSequence = this.#position.sequence + 1;
    this.#openedAt = this.#settings.now();
    this.#fileLength = 0;
    this.#addFileOpened();
  }

  #addFileOpened(): void {
    const { hash: previous } = this.#position;
    this.addHere({ event: 'file_opened', format: FORMAT, chain: this.#chain.type, previous });
  }

  #push(text: string): void {
    const length = Buffer.byteLength(text);
    this.#segment.lines.push(text);
    this.#segment.end = this.#position;
    this.#fileLength += length;
    this.#length += length;
  }
}

/** Changes when what a line means does. */
const FORMAT = 1;

interface Segment {
  readonly lines: string[];
  end: AuditPosition;
  /** Set when it is the end of a file. */
  readonly archiveAs?: string;
}

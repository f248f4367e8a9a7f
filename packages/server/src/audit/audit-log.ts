import { createHash } from 'node:crypto';
import { reasonOf } from '../system-error.js';
import type { AuditBatch, AuditSink } from './audit-file.js';
import { type AuditEntry, fieldsOf, fieldsOfRefused, type RefusedAuditEntry } from './entry.js';
import { AuditLogError } from './errors.js';
import type { ChainHash } from './line.js';
import { LineQueue, type RotationSettings } from './line-queue.js';
import type { ResumedFile, Resumption } from './resume.js';

/** What an operator should be told of an audit log: each once, when it begins. */
export interface AuditReport {
  readonly type:
    /** Lines cannot be written: they wait in memory, and writing is tried again every second. */
    | 'write_failed'
    /** Writing works again. */
    | 'write_recovered'
    /** Lines are lost: there are more waiting to be written than there is room for. */
    | 'lines_dropped'
    /** The file was changed, cut, or deleted by somebody else while it was being written. */
    | 'interference'
    /** A crash has cut off the last line; it is marked, and the log goes on behind it. */
    | 'torn_line'
    /** The log is not as it was left: verification fails there from now on. */
    | 'damage';
  /** For people; names the file. */
  readonly message: string;
}

/** How an audit log behaves; see `AuditLogOptions`. */
export interface AuditLogSettings extends RotationSettings {
  readonly maximumBufferedLength: number;
  readonly whenUnwritable: 'stop_signing' | 'continue';
  readonly report: (report: AuditReport) => void;
}

/**
 * An append-only record of who used which key for what; `openAuditLog` makes one.
 *
 * Lines are formatted and chained at once, collected for the rest of the turn of the event loop, and written together;
 * what comes while a write is under way goes out with the next.
 */
export class AuditLog {
  readonly #sink: AuditSink;
  readonly #settings: AuditLogSettings;
  readonly #queue: LineQueue;
  /** What is being written; stays until it has been. */
  #batch: AuditBatch | undefined;
  #durableSequence: number;
  #dropped = 0;
  #dropsReported = false;
  #scheduled = false;
  #writing: Promise<void> | undefined;
  #failure: AuditLogError | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(sink: AuditSink, chain: ChainHash, settings: AuditLogSettings, resumption: Resumption) {
    const { position, file, damage } = resumption;
    this.#sink = sink;
    this.#settings = settings;
    this.#queue = new LineQueue(chain, settings, position, file);
    this.#durableSequence = position.sequence;
    if (file !== undefined) this.#mendEnd(file);
    if (damage !== undefined) {
      this.#report('damage', DAMAGE_MESSAGES[damage]);
      this.#queue.add({ event: 'damage_found', damage });
    }
    this.#queue.add({ event: 'log_opened' });
  }

  /** False while lines cannot be written, or so many wait that some might be lost. */
  get healthy(): boolean {
    return this.#failure === undefined && this.bufferedLength < this.#settings.maximumBufferedLength / 2;
  }

  /** Whether operations may be performed: false where each must be recorded and now might not be. */
  get permitsOperations(): boolean {
    return this.#settings.whenUnwritable === 'continue' || (this.healthy && this.#closing === undefined);
  }

  /** How many bytes are not on the disk yet. */
  get bufferedLength(): number {
    return this.#queue.length + (this.#batch?.lines.length ?? 0);
  }

  /**
   * Adds the line of an operation. Never throws and never waits; where there is no room left the line is dropped, and a
   * later line says how many were.
   *
   * @param entry read during the call only: its bytes can be used for something else afterwards
   */
  append(entry: AuditEntry | RefusedAuditEntry): void {
    if (this.#closing !== undefined || this.bufferedLength >= this.#settings.maximumBufferedLength) {
      this.#drop();
      return;
    }
    this.#addDropped();
    this.#queue.add('refused' in entry ? fieldsOfRefused(entry) : fieldsOf(entry));
    this.#schedule();
  }

  /**
   * Waits until all that was added is on the disk.
   *
   * @throws {AuditLogError} when it cannot be written now; it still will be once it can
   */
  async flush(): Promise<void> {
    const { sequence } = this.#queue;
    while (this.#durableSequence < sequence) {
      await this.#write();
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /**
   * Ends the log: writes what there is and a line that says so. Idempotent.
   *
   * @throws {AuditLogError} when not all could be written; what was not is lost
   */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#addDropped();
    this.#queue.add({ event: 'log_closed' });
    try {
      await this.flush();
    } finally {
      clearTimeout(this.#retry);
      await this.#closeSink();
    }
  }

  async #closeSink(): Promise<void> {
    try {
      await this.#sink.close();
    } catch (error) {
      throw new AuditLogError(this.#settings.path, reasonOf(error), error);
    }
  }

  #mendEnd({ tornLine, lacksLineFeed }: ResumedFile): void {
    if (tornLine.length === 0 && !lacksLineFeed) return;
    this.#report('torn_line', 'a crash has cut off the last line; the log goes on behind it');
    this.#queue.addLineFeed();
    if (lacksLineFeed) return;
    const sha256 = createHash('sha256').update(tornLine).digest('hex');
    // In the same file, since it says that the line before is none.
    this.#queue.addHere({ event: 'torn_line', sha256 });
  }

  #drop(): void {
    this.#dropped += 1;
    if (this.#dropsReported) return;
    this.#dropsReported = true;
    const reason = this.#closing === undefined ? 'too many wait to be written' : 'the log is closed';
    this.#report('lines_dropped', `lines are lost: ${reason}`);
  }

  #addDropped(): void {
    if (this.#dropped === 0) return;
    this.#queue.add({ event: 'lines_dropped', count: this.#dropped });
    this.#dropped = 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#retry !== undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#write();
    });
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Never fails: what cannot be written now is tried again later. */
  async #writeAll(): Promise<void> {
    for (;;) {
      this.#batch ??= this.#queue.take();
      if (this.#batch === undefined) return;
      try {
        await this.#sink.write(this.#batch);
      } catch (error) {
        this.#fail(error);
        return;
      }
      this.#durableSequence = this.#batch.end.sequence;
      this.#batch = undefined;
      this.#recover();
    }
  }

  #fail(error: unknown): void {
    const known = this.#failure !== undefined;
    this.#failure = new AuditLogError(this.#settings.path, reasonOf(error), error);
    if (!known) this.#report('write_failed', `lines cannot be written: ${this.#failure.reason}`);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#write();
    }, RETRY_INTERVAL).unref();
  }

  #recover(): void {
    const dropped = this.#dropped;
    if (this.bufferedLength < this.#settings.maximumBufferedLength / 2 && this.#closing === undefined) {
      this.#addDropped();
      this.#dropsReported = false;
    }
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#report('write_recovered', `lines are written again; ${dropped} were lost`);
  }

  #report(type: AuditReport['type'], message: string): void {
    this.#settings.report({ type, message: `${this.#settings.path}: ${message}` });
  }
}

/** In milliseconds. */
const RETRY_INTERVAL = 1000;

const DAMAGE_MESSAGES = {
  lines_missing: 'the last lines are missing; they were there when the log was last written',
  lines_changed: 'the last lines are not those that were written',
  head_lost: 'the head of the log is missing or damaged, so lines may be missing unseen',
} as const;

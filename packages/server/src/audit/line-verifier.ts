import { createHash } from 'node:crypto';
import type { Head } from './head.js';
import { type AuditLine, type AuditPosition, type ChainHash, parseLine } from './line.js';
import type { FileLine } from './read-lines.js';

/** What is wrong with an audit log. */
export type AuditProblem =
  /** The file does not begin like one of an audit log: its first lines were removed, or it never was one. */
  | 'beginning_missing'
  /** The log was written with a key and none is given, or the other way about. */
  | 'other_key'
  /** Something is no line at all. */
  | 'line_unreadable'
  /** A line, or the one before it, is not the one that was written. */
  | 'line_changed'
  /** Lines that come before this one are not there. */
  | 'lines_missing'
  /** A line comes again, or after one that followed it. */
  | 'line_out_of_order'
  /** The log ends before its head does: its last lines were removed. */
  | 'truncated'
  /** There is no head, so nobody can say whether lines were removed from the end. */
  | 'head_missing'
  /** The head is damaged, or belongs to another log. */
  | 'head_changed'
  /** The key server found the log, or its head, damaged when it started. */
  | 'damage_recorded';

/** A line of an audit log. */
export interface AuditLineReference {
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** Where a log is not right. */
export interface Finding {
  readonly problem: AuditProblem;
  /** 0, or 1 when the line before is at fault. */
  readonly linesBack: 0 | 1;
}

/** Goes through the lines of all files of a log, one after the other. */
export class LineVerifier {
  readonly #chain: ChainHash;
  readonly #head: AuditPosition | undefined;
  #position: AuditPosition | undefined;
  #lines = 0;
  #first = NO_LINE;
  #last = NO_LINE;
  #lastEvent: unknown;
  #dropped = 0;
  #atBeginningOfFile = true;
  /** A line that is none: right only if the next line says that a crash cut it off. */
  #suspect: Uint8Array | undefined;
  #unfinished = false;

  constructor(chain: ChainHash, head: AuditPosition | undefined) {
    this.#chain = chain;
    this.#head = head;
  }

  get summary() {
    return {
      lines: this.#lines,
      first: this.#first,
      last: this.#last,
      end: this.#head === undefined ? ('file_closed' as const) : ('head' as const),
      dropped: this.#dropped,
      unfinished: this.#unfinished,
    };
  }

  beginFile(): void {
    this.#atBeginningOfFile = true;
  }

  accept({ bytes, complete }: FileLine): Finding | undefined {
    if (!complete) {
      this.#unfinished = true;
      return undefined;
    }
    const line = parseLine(bytes);
    const suspect = this.#suspect;
    this.#suspect = undefined;
    if (suspect !== undefined && (line === undefined || !isTornLine(line, suspect))) {
      return { problem: 'line_unreadable', linesBack: 1 };
    }
    if (line === undefined) {
      if (this.#atBeginningOfFile) return { problem: 'beginning_missing', linesBack: 0 };
      this.#suspect = Uint8Array.from(bytes);
      return undefined;
    }
    const problem = this.#problemOf(line);
    if (problem !== undefined) return { problem, linesBack: 0 };
    this.#advance(line);
    return undefined;
  }

  /**
   * @param newest whether the last line may be unfinished
   * @param mayBeEmpty whether it may have no lines yet
   */
  endFile(newest: boolean, mayBeEmpty: boolean): AuditProblem | undefined {
    if (this.#atBeginningOfFile && !mayBeEmpty) return 'beginning_missing';
    return this.#suspect !== undefined || (this.#unfinished && !newest) ? 'line_unreadable' : undefined;
  }

  endOfLog(head: Head): AuditProblem | undefined {
    if (head === 'damaged') return 'head_changed';
    if (head === 'missing') return this.#lastEvent === 'file_closed' ? undefined : 'head_missing';
    if (this.#last.sequence < head.sequence) return 'truncated';
    // Its line must have been among those that were read, or end right before them.
    return head.sequence < this.#first.sequence - 1 ? 'head_changed' : undefined;
  }

  #problemOf(line: AuditLine): AuditProblem | undefined {
    const { event, chain, previous } = line.content;
    const expected = this.#position;
    if (this.#atBeginningOfFile) {
      if (event !== 'file_opened' || typeof previous !== 'string') return 'beginning_missing';
      if (chain !== this.#chain.type) return 'other_key';
    }
    if (expected !== undefined && line.sequence > expected.sequence + 1) return 'lines_missing';
    if (expected !== undefined && line.sequence <= expected.sequence) return 'line_out_of_order';
    const start = expected ?? { sequence: line.sequence - 1, hash: String(previous) };
    if (this.#chain.link(start.hash, line.body) !== line.hash) return 'line_changed';
    if (this.#contradictsHead(start) || this.#contradictsHead(line)) return 'line_changed';
    return event === 'damage_found' ? 'damage_recorded' : undefined;
  }

  #contradictsHead({ sequence, hash }: AuditPosition): boolean {
    return sequence === this.#head?.sequence && hash !== this.#head.hash;
  }

  #advance({ sequence, hash, content }: AuditLine): void {
    this.#position = { sequence, hash };
    this.#atBeginningOfFile = false;
    this.#lines += 1;
    this.#last = { sequence, time: String(content['time']) };
    if (this.#lines === 1) this.#first = this.#last;
    this.#lastEvent = content['event'];
    if (content['event'] === 'lines_dropped') this.#dropped += Number(content['count']);
  }
}

const NO_LINE: AuditLineReference = { sequence: 0, time: '' };

function isTornLine({ content }: AuditLine, bytes: Uint8Array): boolean {
  return (
    content['event'] === 'torn_line' && content['sha256'] === createHash('sha256').update(bytes).digest('hex')
  );
}

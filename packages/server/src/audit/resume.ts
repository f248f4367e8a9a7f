import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, reasonOf } from '../system-error.js';
import { AuditLogError } from './errors.js';
import { type Head, headFileOf, MAXIMUM_HEAD_LENGTH, parseHead } from './head.js';
import {
  type AuditLine,
  type AuditPosition,
  BEGINNING,
  type ChainHash,
  MAXIMUM_LINE_LENGTH,
  parseLine,
} from './line.js';

/** What was done to a log while nobody was writing it: its last lines are gone or are others, or the head is gone. */
export type AuditDamage = 'lines_missing' | 'lines_changed' | 'head_lost';

/** How a log goes on. */
export interface Resumption {
  /** What the next line is chained to. Where there is damage the chain shows it for good. */
  readonly position: AuditPosition;
  readonly damage?: AuditDamage;
  /** The file to go on with; without one, a new file is begun. */
  readonly file?: ResumedFile;
}

/** A file that is gone on with. */
export interface ResumedFile {
  readonly firstSequence: number;
  /** In milliseconds since 1970. */
  readonly openedAt: number;
  readonly length: number;
  /** The beginning of a line that a crash has cut off; empty where there is none. */
  readonly tornLine: Uint8Array;
  /** Set when only the line feed is missing. */
  readonly lacksLineFeed: boolean;
}

/** What a file is called when the log goes on in another: the number of its first line tells the order. */
export function archiveNameOf(path: string, firstSequence: number): string {
  return `${path}.${String(firstSequence).padStart(ARCHIVE_DIGITS, '0')}`;
}

/**
 * Finds out how to go on with the log at this path. Changes nothing.
 *
 * @throws {AuditLogError} when what is there is no audit log or cannot be read
 */
export async function findResumption(path: string, chain: ChainHash): Promise<Resumption> {
  const head = await readHead(path, chain);
  const current = await readEnd(path, chain);
  const newest = current ?? (await readEnd(await newestArchiveOf(path), chain));
  const chainType = newest?.first?.content['chain'];
  if (typeof chainType === 'string' && chainType !== chain.type) {
    throw new AuditLogError(
      path,
      `it is chained by ${chainType}, not ${chain.type}: move it away to begin another`,
    );
  }
  const { position, damage } = reconcile(path, head, newest);
  const found = { position, ...(damage && { damage }) };
  if (current === undefined) return found;

  const openedAt = Date.parse(String(current.first?.content['time']));
  return {
    ...found,
    file: {
      firstSequence: current.first?.sequence ?? position.sequence,
      openedAt: Number.isNaN(openedAt) ? 0 : openedAt,
      length: current.length,
      tornLine: current.tornLine,
      lacksLineFeed: current.lacksLineFeed,
    },
  };
}

const ARCHIVE_DIGITS = 12;
const LINE_FEED = 0x0a;

/** The ends of a file that has at least one line. A line is undefined where it is none of ours. */
interface FileEnds {
  readonly first: AuditLine | undefined;
  readonly last: AuditLine | undefined;
  readonly length: number;
  readonly tornLine: Uint8Array;
  readonly lacksLineFeed: boolean;
}

function reconcile(
  path: string,
  head: Head,
  newest: FileEnds | undefined,
): { readonly position: AuditPosition; readonly damage?: AuditDamage } {
  const last = newest === undefined ? BEGINNING : newest.last;
  if (typeof head === 'string') {
    if (last === undefined) {
      throw new AuditLogError(path, 'its end is damaged, and so is its head: move both away');
    }
    const neverWritten = newest === undefined && head === 'missing';
    return neverWritten ? { position: last } : { position: last, damage: 'head_lost' };
  }
  if (last === undefined) return { position: head, damage: 'lines_changed' };
  if (last.sequence < head.sequence) return { position: head, damage: 'lines_missing' };
  // A head that is behind is the trace of a crash: the lines after it are chained like any.
  if (last.sequence > head.sequence || last.hash === head.hash) return { position: last };
  return { position: head, damage: 'lines_changed' };
}

async function readHead(path: string, chain: ChainHash): Promise<Head> {
  const ends = await readFileEnds(headFileOf(path), MAXIMUM_HEAD_LENGTH);
  return ends === undefined ? 'missing' : (parseHead(ends.start, chain) ?? 'damaged');
}

async function newestArchiveOf(path: string): Promise<string | undefined> {
  const prefix = `${basename(path)}.`;
  const names = await refusalsNamed(dirname(path), () => readdir(dirname(path)));
  const archives = names.filter(
    (name) => name.startsWith(prefix) && /^\d{12,}$/.test(name.slice(prefix.length)),
  );
  const newest = archives.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).at(-1);
  return newest === undefined ? undefined : join(dirname(path), newest);
}

/** @returns undefined when there is no such file, or not one whole line in it */
async function readEnd(path: string | undefined, chain: ChainHash): Promise<FileEnds | undefined> {
  const bytes = path === undefined ? undefined : await readFileEnds(path, 3 * MAXIMUM_LINE_LENGTH);
  if (path === undefined || bytes === undefined) return undefined;
  const { start, end, length } = bytes;
  if (!start.includes(LINE_FEED)) {
    if (length > MAXIMUM_LINE_LENGTH) throw new AuditLogError(path, 'this is not an audit log');
    return undefined;
  }
  const lines = splitLines(end);
  const rest = lines.pop() ?? end;
  const last = parseLine(lines.at(-1) ?? rest);
  const torn = parseLine(rest);
  const lacksLineFeed =
    torn !== undefined &&
    torn.sequence - 1 === last?.sequence &&
    chain.link(last.hash, torn.body) === torn.hash;
  return {
    first: parseLine(start.subarray(0, start.indexOf(LINE_FEED))),
    last: lacksLineFeed ? torn : last,
    length,
    tornLine: lacksLineFeed ? rest.subarray(rest.length) : rest,
    lacksLineFeed,
  };
}

/** The last item is what follows the last line feed. */
function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end; (end = bytes.indexOf(LINE_FEED, start)) !== -1; start = end + 1) {
    lines.push(bytes.subarray(start, end));
  }
  return [...lines, bytes.subarray(start)];
}

/** The first and the last bytes of a file; undefined when there is none. */
async function readFileEnds(
  path: string,
  maximumLength: number,
): Promise<{ readonly start: Buffer; readonly end: Buffer; readonly length: number } | undefined> {
  return refusalsNamed(path, async () => {
    let file;
    try {
      // O_NONBLOCK: a named pipe would wait for its other end.
      file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const status = await file.stat();
      if (!status.isFile()) throw new Error('this is not a regular file');
      const length = Math.min(status.size, maximumLength);
      const start = await file.read(Buffer.alloc(length), 0, length, 0);
      const end = await file.read(Buffer.alloc(length), 0, length, status.size - length);
      return { start: start.buffer, end: end.buffer, length: status.size };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    } finally {
      await file?.close();
    }
  });
}

async function refusalsNamed<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new AuditLogError(path, reasonOf(error), error);
  }
}

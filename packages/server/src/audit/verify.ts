import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf, reasonOf } from '../system-error.js';
import { AuditLogError } from './errors.js';
import { type Head, HEAD_SUFFIX, headFileOf, parseHead } from './head.js';
import { type ChainHash, createChainHash, parseLine } from './line.js';
import { type AuditLineReference, type AuditProblem, LineVerifier } from './line-verifier.js';
import { readLines } from './read-lines.js';

/** What is needed to verify an audit log. */
export interface AuditVerificationOptions {
  /** The key that the log was written with, if it was. */
  readonly key?: Uint8Array;
  /** The head to hold the log against. Default: among the files, or beside the newest, the one that ends in `.head`. */
  readonly headFile?: string;
}

/** What the verification of an audit log found. */
export type AuditVerification =
  | {
      readonly ok: true;
      /** How many lines there are. */
      readonly lines: number;
      /** A number other than 1 says that there are older files, or were. */
      readonly first: AuditLineReference;
      readonly last: AuditLineReference;
      /** What proves that no lines are missing at the end: the head, or the line that ends a rotated file. */
      readonly end: 'head' | 'file_closed';
      /** How many operations have no line, since there was no room for them. */
      readonly dropped: number;
      /** Whether the last line is unfinished, as when the log is being written or after a crash. */
      readonly unfinished: boolean;
    }
  | {
      readonly ok: false;
      readonly file: string;
      /** Counted from 1 in the file; 0 when no line is at fault. */
      readonly line: number;
      readonly problem: AuditProblem;
      /** For people. */
      readonly message: string;
    };

/**
 * Checks that no line of an audit log was changed, removed, added or moved, in one file or several that follow each other.
 * Takes constant memory, and can be used while the log is being written.
 *
 * What a log without a key does and does not prove: see `openAuditLog`.
 *
 * @param files in any order, at least one; a head among them is taken as such
 * @throws {AuditLogError} when a file cannot be read
 */
export async function verifyAuditLog(
  files: readonly string[],
  { key, headFile }: AuditVerificationOptions = {},
): Promise<AuditVerification> {
  const chain = createChainHash(key);

  const logFiles = await inOrder(files.filter((file) => !file.endsWith(HEAD_SUFFIX)));
  const newest = logFiles.at(-1) ?? '';
  const headPath = headFile ?? files.find((file) => file.endsWith(HEAD_SUFFIX)) ?? headFileOf(newest);
  // Before the lines: those that are added meanwhile only make the log longer than the head says.
  const head = await readHead(headPath, chain, headFile !== undefined);
  const verifier = new LineVerifier(chain, typeof head === 'string' ? undefined : head);
  let lineNumber = 0;
  for (const file of logFiles) {
    lineNumber = 0;
    verifier.beginFile();
    for await (const line of readLines(file)) {
      lineNumber += 1;
      const finding = verifier.accept(line);
      if (finding)
        return { ok: false, file, line: lineNumber - finding.linesBack, ...messageOf(finding.problem) };
    }
    // A file that was just begun, or a crash has left so. Its head tells whether it had lines.
    const mayBeEmpty = typeof head !== 'string' && resolve(headFileOf(file)) === resolve(headPath);
    const problem = verifier.endFile(file === newest, mayBeEmpty);
    if (problem) return { ok: false, file, line: lineNumber, ...messageOf(problem) };
  }
  const problem = verifier.endOfLog(head);
  if (problem === 'head_changed') return { ok: false, file: headPath, line: 0, ...messageOf(problem) };
  if (problem) return { ok: false, file: newest, line: lineNumber, ...messageOf(problem) };
  return { ok: true, ...verifier.summary };
}

const MESSAGES: Readonly<Record<AuditProblem, string>> = {
  beginning_missing:
    'this is not how a file of an audit log begins: its first lines are missing, or it is none',
  other_key: 'the log is chained with a key and none was given, or a key was given and it has none',
  line_unreadable: 'this is no line of an audit log',
  line_changed: 'this line or the one before it has been changed, or the key is another',
  lines_missing: 'lines are missing before this one',
  line_out_of_order: 'this line is not in its place',
  truncated: 'the log ends here, but its head says that more lines were written',
  head_missing: 'there is no head beside the log, so lines may be missing after this one',
  head_changed: 'this head is damaged, belongs to another log, or the key is another',
  damage_recorded: 'the key server found the log or its head damaged when it started here',
};

function messageOf(problem: AuditProblem): { readonly problem: AuditProblem; readonly message: string } {
  return { problem, message: MESSAGES[problem] };
}

/** Sorts files by their first line; one without any, which was just begun, comes last. */
async function inOrder(files: readonly string[]): Promise<string[]> {
  const sequences = new Map<string, number>();
  for (const file of files) {
    for await (const { bytes } of readLines(file)) {
      sequences.set(file, parseLine(bytes)?.sequence ?? Number.MAX_SAFE_INTEGER);
      break;
    }
  }
  const sequenceOf = (file: string) => sequences.get(file) ?? Number.MAX_SAFE_INTEGER;
  return files.toSorted((a, b) => sequenceOf(a) - sequenceOf(b));
}

async function readHead(path: string, chain: ChainHash, required: boolean): Promise<Head> {
  try {
    return parseHead(await readFile(path), chain) ?? 'damaged';
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && !required) return 'missing';
    throw new AuditLogError(path, reasonOf(error), error);
  }
}

import { type AuditPosition, type ChainHash, formatLine, parseLine } from './line.js';

/**
 * The head of a log: a small file beside it that says how far the log goes. Without it nobody could tell a log whose last
 * lines were removed from one that never had them.
 */
export function headFileOf(logFile: string): string {
  return `${logFile}${HEAD_SUFFIX}`;
}

/** How the name of a head file ends. */
export const HEAD_SUFFIX = '.head';

/** What was read of a log's head. */
export type Head = AuditPosition | 'missing' | 'damaged';

/** More than any head has, in bytes. */
export const MAXIMUM_HEAD_LENGTH = 1024;

/** Writes a head in the form of a line, so that it is protected like one. It only grows longer as the log does. */
export function formatHead({ sequence, hash }: AuditPosition, chain: ChainHash): string {
  return formatLine({ last: hash }, { sequence: sequence - 1, hash: HEAD_START }, chain).text;
}

/** @returns undefined when the head is damaged, or was not written with this chain's key */
export function parseHead(bytes: Uint8Array, chain: ChainHash): AuditPosition | undefined {
  const line = parseLine(bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes);
  if (line === undefined || chain.link(HEAD_START, line.body) !== line.hash) return undefined;
  const { last } = line.content;
  return typeof last === 'string' ? { sequence: line.sequence, hash: last } : undefined;
}

const LINE_FEED = 0x0a;

/** Stands in for the previous line's hash. Not hexadecimal: no line can pass for a head, or the other way about. */
const HEAD_START = 'latchkey audit head';

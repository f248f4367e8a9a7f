import { createHash, createHmac, createSecretKey, hash } from 'node:crypto';

/** A place in the chain: a line's number, from 1, and its hash. */
export interface AuditPosition {
  readonly sequence: number;
  /** 64 hexadecimal digits. */
  readonly hash: string;
}

/** Where the first line of all continues from. */
export const BEGINNING: AuditPosition = { sequence: 0, hash: '0'.repeat(64) };

/** How lines are chained: `sha256` can be recomputed by anybody, `hmac-sha256` only with the key. */
export type ChainType = 'sha256' | 'hmac-sha256';

/** Computes the hash of each line from that of the line before. */
export interface ChainHash {
  readonly type: ChainType;
  /**
   * The hash, in hexadecimal, of the previous line's hash (as text) followed by the line up to its own hash field. What
   * is hashed is the text as it stands in the file, so `sha256sum` and `openssl dgst -hmac` can check a line too.
   */
  link(previous: string, body: string | Uint8Array): string;
}

/** @param key 32 bytes for HMAC-SHA-256; copied, so the caller can wipe it. Without: SHA-256 */
export function createChainHash(key?: Uint8Array): ChainHash {
  if (key === undefined) return { type: 'sha256', link: sha256 };
  const secret = createSecretKey(key);
  return {
    type: 'hmac-sha256',
    link: (previous, body) => createHmac('sha256', secret).update(previous).update(body).digest('hex'),
  };
}

/** What is told of a line: the position that it takes, and its text with the line feed. */
export interface FormattedLine extends AuditPosition {
  readonly text: string;
}

/** Writes the line that follows `previous`: a JSON object, its hash being the last field. */
export function formatLine(content: object, previous: AuditPosition, chain: ChainHash): FormattedLine {
  const sequence = previous.sequence + 1;
  const body = JSON.stringify({ sequence, ...content }).slice(0, -1);
  const hash = chain.link(previous.hash, body);
  return { sequence, hash, text: `${body}${HASH_FIELD}${hash}"}\n` };
}

/** A line as it was read; whether its hash is right is another question. */
export interface AuditLine extends AuditPosition {
  /** What the hash covers. */
  readonly body: Uint8Array;
  readonly content: Readonly<Record<string, unknown>>;
}

/** No line is longer, in bytes: all that comes from elsewhere is cut where it is written. */
export const MAXIMUM_LINE_LENGTH = 16 * 1024;

/**
 * @param bytes without the line feed
 * @returns undefined when it is not a line of an audit log
 */
export function parseLine(bytes: Uint8Array): AuditLine | undefined {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyLength = line.length - HASH_FIELD.length - HASH_LENGTH - 2;
  if (bodyLength < 0) return undefined;
  const match = HASH_PATTERN.exec(line.toString('latin1', bodyLength));
  const content = parseObject(line);
  const { sequence } = content ?? {};
  if (match?.[1] === undefined || content === undefined || !isSequence(sequence)) return undefined;
  return { sequence, hash: match[1], body: line.subarray(0, bodyLength), content };
}

const HASH_FIELD = ',"hash":"';
const HASH_LENGTH = 64;
const HASH_PATTERN = /^,"hash":"([0-9a-f]{64})"\}$/;

function sha256(previous: string, body: string | Uint8Array): string {
  // A third of the time that a Hash object takes.
  if (typeof body === 'string') return hash('sha256', previous + body);
  return createHash('sha256').update(previous).update(body).digest('hex');
}

function parseObject(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString());
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

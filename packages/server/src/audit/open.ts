import { rm } from 'node:fs/promises';
import { reasonOf } from '../system-error.js';
import { AuditFile } from './audit-file.js';
import { AuditLog, type AuditLogSettings, type AuditReport } from './audit-log.js';
import { AuditLogError } from './errors.js';
import { headFileOf } from './head.js';
import { createChainHash } from './line.js';
import { findResumption, type Resumption } from './resume.js';

/** How an audit log is kept. */
export interface AuditLogOptions {
  /** The file that is written. When it is rotated it is renamed to this and the number of its first line. */
  readonly path: string;
  /**
   * 32 bytes with which lines are chained by HMAC; copied, so the caller can wipe them. Without, they are chained by plain
   * SHA-256. A log keeps to one key: to change it, move the log away.
   */
  readonly key?: Uint8Array;
  /** At how many bytes a file is rotated. Default 256 MiB, about 600,000 lines; sensible from 1 MiB. */
  readonly maximumFileLength?: number;
  /** After how many milliseconds a file is rotated, at the next line. Default 24 h. */
  readonly maximumFileAge?: number;
  /** How many bytes may wait to be written before lines are dropped. Default 16 MiB, about 40,000 lines. */
  readonly maximumBufferedLength?: number;
  /**
   * What to do while lines cannot be written, e.g. on a full disk: `stop_signing` (the default) makes
   * `permitsOperations` false, `continue` leaves it true. Lines wait in memory either way.
   */
  readonly whenUnwritable?: 'stop_signing' | 'continue';
  /** Told of everything that an operator should hear of, loudly. */
  readonly report?: (report: AuditReport) => void;
  /** The time in milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Opens an audit log, or begins one.
 *
 * Each line is a JSON object with a number and a hash over the line before and itself. Beside the log, its head says how
 * far it goes. What this proves, by what {@link verifyAuditLog} finds:
 *
 * - Without a key: damage, and changes by somebody who does not recompute the hashes after them and the head. Whoever may
 *   write both files can do that, so it proves nothing against them, unless they cannot change a copy of the head that is
 *   kept elsewhere.
 * - With a key: any change to, between or before lines, and any removal from the end, by whoever does not have the key.
 *   One thing remains: to put back an earlier state of all files together, head included. A copy of the head that is kept
 *   elsewhere shows that too.
 * - Neither protects against whoever has the key, such as the key server itself once it has been taken over. What it wrote
 *   before is protected by copies of the head.
 *
 * A line is on the disk before its head is. After a crash the log goes on where it was, and a line that was cut off is
 * marked as such. Files are not deleted: those that are older than needed can be, oldest first.
 *
 * @throws {AuditLogError} when what is there is no audit log, or it cannot be written; the latter not with `continue`
 */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const settings = settingsOf(options);
  const chain = createChainHash(options.key);
  const resumption = await findResumption(settings.path, chain);
  await prepareFiles(settings.path, resumption);
  const file = new AuditFile(settings.path, resumption.position, chain, () => {
    const message = `${settings.path}: somebody else has changed or deleted the file while it was being written`;
    settings.report({ type: 'interference', message });
  });
  const log = new AuditLog(file, chain, settings, resumption);
  try {
    await log.flush();
  } catch (error) {
    if (settings.whenUnwritable === 'stop_signing') {
      await log.close().catch(() => undefined);
      throw error;
    }
  }
  return log;
}

function settingsOf(options: AuditLogOptions): AuditLogSettings {
  return {
    path: options.path,
    maximumFileLength: options.maximumFileLength ?? 256 * 1024 * 1024,
    maximumFileAge: options.maximumFileAge ?? 24 * 3_600_000,
    maximumBufferedLength: options.maximumBufferedLength ?? 16 * 1024 * 1024,
    whenUnwritable: options.whenUnwritable ?? 'stop_signing',
    report: options.report ?? (() => undefined),
    now: options.now ?? Date.now,
  };
}

async function prepareFiles(path: string, { file, damage }: Resumption): Promise<void> {
  try {
    // What a crash has left of the first line of a new file, at most.
    if (file === undefined) await rm(path, { force: true });
    if (damage === 'head_lost') await rm(headFileOf(path), { force: true });
  } catch (error) {
    throw new AuditLogError(path, reasonOf(error), error);
  }
}

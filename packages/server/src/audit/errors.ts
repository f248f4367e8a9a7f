import { KeyServerError } from '../errors.js';

/** An audit log cannot be opened, written or read. */
export class AuditLogError extends KeyServerError {
  readonly code = 'LATCHKEY_AUDIT_LOG_UNUSABLE';
  readonly file: string;
  /** What is wrong with it, in a few words. */
  readonly reason: string;

  constructor(file: string, reason: string, cause?: unknown) {
    super(`${file}: ${reason}`, { cause });
    this.file = file;
    this.reason = reason;
  }
}

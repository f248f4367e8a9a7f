import type { Logger } from 'pino';
import type { AuditLogConfiguration } from '../configuration/configuration.js';
import { readSecretFile } from '../secret-file.js';
import type { AuditLog, AuditReport } from './audit-log.js';
import { openAuditLog } from './open.js';

/**
 * Opens the audit log that an operator has asked for.
 *
 * @throws {SecretFileError} when the key that lines are chained with cannot be read
 * @throws {AuditLogError} when the log cannot be used
 */
export async function openConfiguredAuditLog(
  { file, keyFile, onFailure, maximumBytes, maximumAge }: AuditLogConfiguration,
  logger: Logger,
): Promise<AuditLog> {
  const secrets = keyFile === undefined ? [] : await readSecretFile(keyFile);
  const [key] = secrets;
  try {
    return await openAuditLog({
      path: file,
      ...(key && { key }),
      maximumFileLength: maximumBytes,
      maximumFileAge: maximumAge,
      whenUnwritable: onFailure,
      report: (report) => write(report, logger),
    });
  } finally {
    for (const secret of secrets) secret.fill(0);
  }
}

function write({ type, message }: AuditReport, logger: Logger): void {
  const level = type === 'write_recovered' || type === 'torn_line' ? 'warn' : 'fatal';
  logger[level]({ audit: type }, `audit log: ${message}`);
}

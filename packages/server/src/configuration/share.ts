import type { ServerConfiguration } from './configuration.js';

/**
 * What one of the processes of a key server serves by: its share of what is for all of them, an audit log of its own, and
 * nothing of what there is one of, such as a pid file.
 *
 * @param slot which of the processes, from 1
 */
export function shareOf(configuration: ServerConfiguration, slot: number): ServerConfiguration {
  const { processes, workers, bounds, pkcs11Uris, auditLog } = configuration;
  const share = (total: number): number => shareOfNumber(total, processes, slot);
  const { admin: _admin, pidFile: _pidFile, ...rest } = configuration;
  return {
    ...rest,
    workers: share(workers),
    bounds: { ...bounds, maximumInFlight: share(bounds.maximumInFlight) },
    pkcs11Uris: pkcs11Uris.map((uri) => ({ ...uri, maximumSessions: share(uri.maximumSessions) })),
    ...(auditLog && { auditLog: { ...auditLog, file: auditFileOf(auditLog.file, slot) } }),
    watchKeys: false,
    // The process that supervises this one has said them.
    warnings: [],
  };
}

/** The name of the audit log that the process of this slot writes. */
function auditFileOf(file: string, slot: number): string {
  return `${file}.process-${slot}`;
}

/** Shares add up to the total, but none is less than 1. */
function shareOfNumber(total: number, processes: number, slot: number): number {
  return Math.max(1, Math.floor(total / processes) + (slot <= total % processes ? 1 : 0));
}

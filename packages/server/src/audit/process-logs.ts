import { basename } from 'node:path';

/**
 * Sorts the files of audit logs by the log that they belong to. Each process of a key server keeps one of its own, which
 * its name tells (`shareOf`); files that do not say so are one log.
 *
 * @returns for each log its files, by its name, which is empty for files that do not say one
 */
export function groupByLog(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const logs = new Map<string, string[]>();
  for (const file of files) {
    const name = LOG_OF_PROCESS.exec(basename(file))?.[1] ?? '';
    const known = logs.get(name);
    if (known === undefined) logs.set(name, [file]);
    else known.push(file);
  }
  return logs;
}

/** The log, one that was rotated, and its head. */
const LOG_OF_PROCESS = /^(.+\.process-\d+)(?:\.\d{12,})?(?:\.head)?$/;

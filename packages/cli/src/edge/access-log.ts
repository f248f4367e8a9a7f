import { once } from 'node:events';
import type { ExchangeRecord } from '@latchkey/edge';
import { pino } from 'pino';
import type { AccessLogConfiguration } from '../edge-configuration/edge-configuration.js';

/** The access log cannot be opened. */
class AccessLogError extends Error {
  readonly code = 'LATCHKEY_ACCESS_LOG_FAILED';
  override readonly name = 'AccessLogError';

  constructor(file: string, cause: unknown) {
    super(`cannot open the access log ${file}: ${String(cause)}`, { cause });
  }
}

/** A line of JSON for each request that is over. */
export interface AccessLog {
  readonly write: (record: ExchangeRecord) => void;
  /** Writes to a new file of the same name, after the old one has been moved away. */
  readonly reopen: () => void;
  /** Writes what has not been written. */
  readonly close: () => void;
}

/**
 * Opens an access log; several processes may write to the same.
 *
 * @param onError is told when it cannot be written
 * @throws {AccessLogError}
 */
export async function openAccessLog(
  { file, queries }: AccessLogConfiguration,
  onError: (error: Error) => void,
): Promise<AccessLog> {
  const destination = pino.destination({
    dest: file === '-' ? STANDARD_OUTPUT : file,
    // Lines are gathered, since a write for each would cost as much as the request.
    sync: false,
    minLength: 8192,
    periodicFlush: FLUSH_INTERVAL,
  });
  await once(destination, 'ready').catch((error: unknown) => {
    throw new AccessLogError(file, error);
  });
  destination.on('error', onError);
  return {
    write: (record) => void destination.write(`${JSON.stringify(lineOf(record, queries))}\n`),
    reopen: () => {
      if (file !== '-') destination.reopen();
    },
    close: () => {
      destination.flushSync();
      destination.end();
    },
  };
}

const STANDARD_OUTPUT = 1;
/** In milliseconds. */
const FLUSH_INTERVAL = 1000;

function lineOf(record: ExchangeRecord, queries: boolean): Record<string, unknown> {
  const { answeredAfter, duration, query } = record;
  return {
    time: new Date(record.startedAt).toISOString(),
    client: record.remoteAddress,
    host: record.authority,
    method: record.method,
    path: record.path,
    ...(queries && { query }),
    protocol: `HTTP/${record.httpVersion}`,
    status: record.status,
    outcome: record.outcome,
    received: record.bytesReceived,
    sent: record.bytesSent,
    ...(record.origin !== '' && { origin: record.origin }),
    ...(record.attempts > 1 && { attempts: record.attempts }),
    ...(answeredAfter !== undefined && { answeredAfter: Math.round(answeredAfter) }),
    duration: Math.round(duration),
  };
}

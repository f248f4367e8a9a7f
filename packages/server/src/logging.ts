import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from './configuration/configuration.js';

/** How a key server's log is written. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/** A logger that writes one JSON object per line. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  return pino({ name: 'latchkey-server', level }, destination);
}

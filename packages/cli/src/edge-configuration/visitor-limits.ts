import { z } from 'zod';
import { milliseconds, wholeNumber } from './values.js';

/** What bounds visitors. Times are in milliseconds. */
export interface VisitorLimits {
  /** Of a request's header, in bytes. */
  readonly headerSize: number;
  /** From the first byte of a request to the end of its header. */
  readonly headerTimeout: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestTimeout: number;
  /** Of a request's body, in bytes; undefined for any. */
  readonly bodySize: number | undefined;
  /** For which a visitor may leave off sending a body, or reading an answer. */
  readonly pauseTimeout: number;
  /** For which a connection may be without requests. */
  readonly idleTimeout: number;
  /** Requests at a time on a connection of HTTP/2. */
  readonly streams: number;
  /** Connections at a time, in each worker; undefined for any. */
  readonly connections: number | undefined;
}

export const visitorLimitsSchema = z
  .strictObject(
    {
      header_size: wholeNumber('bytes', 1024, 1_048_576).default(16_384),
      header_timeout: milliseconds(3_600_000).default(10_000),
      request_timeout: milliseconds(86_400_000).default(300_000),
      body_size: wholeNumber('bytes', 1, Number.MAX_SAFE_INTEGER).optional(),
      pause_timeout: milliseconds(3_600_000).default(60_000),
      idle_timeout: milliseconds(3_600_000).default(60_000),
      streams: wholeNumber('streams', 1, 65_535).default(128),
      connections: wholeNumber('connections', 1, 10_000_000).optional(),
    },
    { error: 'must be a map of limits, e.g. "body_size: 10000000"' },
  )
  .prefault({})
  .transform((values): VisitorLimits => ({
    headerSize: values.header_size,
    headerTimeout: values.header_timeout,
    requestTimeout: values.request_timeout,
    bodySize: values.body_size,
    pauseTimeout: values.pause_timeout,
    idleTimeout: values.idle_timeout,
    streams: values.streams,
    connections: values.connections,
  }));

import { z } from 'zod';
import { type ListenAddress, parseListenAddress } from '../addresses.js';
import { milliseconds, parsedText, path, wholeNumber } from './values.js';

/** Where metrics and health are shown; not on all interfaces by mistake. */
const admin = parsedText(
  (text) => (text === 'off' ? 'off' : withHost(parseListenAddress(text))),
  'must be an address to listen on, e.g. 127.0.0.1:2408, or off',
);

/** Keys of how an edge runs, whatever it serves. */
export const runningKeys = {
  /** Processes that serve visitors. */
  workers: wholeNumber('processes', 1, 1024).default(1),
  admin: admin.prefault('off').transform((value) => (value === 'off' ? undefined : value)),
  /** A line of JSON for each request; `-` for standard output. */
  access_log: path.optional(),
  /** Whether the access log has what follows the `?`, where secrets may be. */
  access_log_queries: z.boolean({ error: 'must be true or false' }).default(false),
  /** How long requests under way have to finish when the edge ends. */
  drain_timeout: milliseconds(3_600_000).default(10_000),
};

function withHost(address: ListenAddress | undefined): Required<ListenAddress> | undefined {
  return address?.host === undefined ? undefined : { host: address.host, port: address.port };
}

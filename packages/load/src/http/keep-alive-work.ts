import autocannon, { type Instance } from 'autocannon';
import type { Work, WorkOpener } from '../generator/work.js';
import type { RequestsOrder } from './order.js';

/**
 * Asks an HTTP server for one page again and again over connections that always have a request under way, by way of autocannon,
 * which costs less for each request than Node's own client: only for a closed loop, since it does not know of any other.
 */
export const openKeepAliveRequests: WorkOpener<RequestsOrder> = async (order, collector) => {
  let run: Instance | undefined;
  const begin = (): Instance => {
    const cannon = autocannon(optionsFor(order), () => (run = undefined));
    cannon.on('response', (_client, statusCode, _bytes, milliseconds) => {
      const now = performance.now();
      const dueAt = now - milliseconds;
      collector.sent(dueAt, 0);
      if (statusCode === 200) collector.performed(0, dueAt, now);
      else collector.failed(`status ${statusCode}`, dueAt);
    });
    cannon.on('reqError', (error: NodeJS.ErrnoException) =>
      collector.failed(error.code ?? error.message, performance.now()),
    );
    return cannon;
  };
  const work: Work = {
    // It asks by itself from the first time on.
    start: () => {
      run ??= begin();
      return false;
    },
    flush: () => {},
    stop: () => run?.stop(),
    get inFlight() {
      return run === undefined ? 0 : order.connections;
    },
    onRoom: () => {},
    requireOpen: () => {},
    summary: () => ({ verified: 0, protocol: 'HTTP/1.1' }),
  };
  return work;
};

/** It is stopped from outside: longer than anything is measured, in seconds. */
const LONGEST_RUN = 86_400;

function optionsFor({ url, connections, serverName }: RequestsOrder): autocannon.Options {
  return {
    url,
    connections,
    duration: LONGEST_RUN,
    ...(serverName !== undefined && { servername: serverName, headers: { host: serverName } }),
  };
}

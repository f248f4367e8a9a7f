import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import type { Work, WorkOpener } from '../generator/work.js';
import type { RequestsOrder } from './order.js';

/** Asks an HTTP server for one page again and again. */
export const openRequests: WorkOpener<RequestsOrder> = async (order, collector) => {
  const { url, connections, serverName } = order;
  const isSecure = url.startsWith('https:');
  const limits = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const agent = isSecure
    ? new HttpsAgent({
        ...limits,
        rejectUnauthorized: false,
        ...(serverName !== undefined && { servername: serverName }),
      })
    : new HttpAgent(limits);
  let inFlight = 0;
  let protocol = '';
  const ask = (dueAt: number) => {
    let isSettled = false;
    const settle = (reason?: string) => {
      if (isSettled) return;
      isSettled = true;
      if (reason === undefined) collector.performed(0, dueAt, performance.now());
      else collector.failed(reason, dueAt);
      inFlight -= 1;
      work.onRoom();
    };
    const take = (response: IncomingMessage) => {
      protocol = `HTTP/${response.httpVersion}`;
      response.once('error', (error) => settle(error.message));
      response.once('end', () =>
        settle(response.statusCode === 200 ? undefined : `status ${response.statusCode}`),
      );
      response.resume();
    };
    const options = { agent, ...(serverName !== undefined && { headers: { host: serverName } }) };
    const request = isSecure ? httpsGet(url, options, take) : httpGet(url, options, take);
    request.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  };
  const work: Work = {
    start: (dueAt) => {
      if (inFlight === connections) return false;
      inFlight += 1;
      ask(dueAt);
      return true;
    },
    flush: () => {},
    get inFlight() {
      return inFlight;
    },
    onRoom: () => {},
    requireOpen: () => {},
    summary: () => ({ verified: 0, protocol }),
  };
  return work;
};

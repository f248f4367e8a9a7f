import { createPublicKey } from 'node:crypto';
import { BenchmarkError } from '../benchmark-error.js';
import type { Work, WorkOpener } from '../generator/work.js';
import { Answers } from './answers.js';
import { encodeRequests } from './kssl1/requests.js';
import { encodeHandshakeRequests } from './kssl2/requests.js';
import { LoadConnection } from './load-connection.js';
import type { OperationsOrder } from './order.js';
import type { Requests } from './requests.js';

/** Opens connections to a key server and asks it for operations, from one connection after the other. */
export const openOperations: WorkOpener<OperationsOrder> = async (order, collector, seed) => {
  const { channel, depth, records } = order;
  const requests = requestsOf(order, seed);
  const answers = new Answers(requests.wire);
  answers.onPerformed = (id, dueAt, answeredAt) =>
    collector.performed(requests.kinds[id] ?? 0, dueAt, answeredAt);
  answers.onFailed = (failure, dueAt) => collector.failed(failure, dueAt);
  const connections: LoadConnection[] = [];
  while (connections.length < order.connections) {
    connections.push(await LoadConnection.open(channel, { requests, records, answers }));
  }
  const protocol = connections[0]?.protocol ?? '';
  let turn = 0;
  const work: Work = {
    start: (dueAt) => {
      for (let tried = 0; tried < connections.length; tried += 1) {
        turn += 1;
        const connection = connections[turn % connections.length];
        if (connection !== undefined && connection.inFlight < depth && connection.enqueue(dueAt)) return true;
      }
      return false;
    },
    flush: () => {
      for (const connection of connections) connection.flush();
    },
    get inFlight() {
      return connections.reduce((sum, { inFlight }) => sum + inFlight, 0);
    },
    onRoom: () => {},
    requireOpen: () => {
      for (const connection of connections) connection.requireOpen();
    },
    summary: () => ({ verified: answers.verify(requests), protocol }),
  };
  for (const connection of connections) connection.onRead = () => work.onRoom();
  return work;
};

/** Those that are sent again and again. */
function requestsOf({ kinds, protocol, depth }: OperationsOrder, seed: number): Requests {
  // An id is free again only when it has been answered.
  const count = Math.max(FEWEST_REQUESTS, 2 * depth);
  if (protocol === 'kssl2') {
    const [{ operation, publicKey } = {}, ...others] = kinds;
    if (operation !== 'ecdsa_sha256' || publicKey === undefined || others.length > 0)
      throw new BenchmarkError('over kssl2 only signatures with one P-256 key are measured');
    return encodeHandshakeRequests(operation, createPublicKey(publicKey), count, seed);
  }
  const askers = kinds.map(({ operation, publicKey, weight }) => ({
    operation,
    ...(publicKey !== undefined && { publicKey: createPublicKey(publicKey) }),
    ...(weight !== undefined && { weight }),
  }));
  return encodeRequests(askers, count, seed);
}

/** Few enough to stay in a processor's cache. */
const FEWEST_REQUESTS = 2048;

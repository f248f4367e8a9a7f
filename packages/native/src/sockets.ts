import type { Server } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { addon } from './addon.js';

/** The system refused something about a socket that a server listens on. */
export class ListeningSocketError extends Error {
  readonly code = 'LATCHKEY_LISTENING_SOCKET';
  override readonly name = 'ListeningSocketError';
}

/**
 * Bounds what the kernel takes of each connection that a server accepts from now on and cannot send, because its peer does
 * not read: by default that is 4 MiB on Linux. What is sent already, and waits for the peer's acknowledgement, does not
 * count, so a peer that reads is answered as fast as ever (TCP_NOTSENT_LOWAT; Node.js has no door to it).
 *
 * @param server listens on a TCP port
 * @param bytes what the kernel holds at the most, but for one write; 65,536 to 1,048,576 are sensible
 * @throws {ListeningSocketError} if the server does not listen, or the system has no such bound
 */
export function limitUnsentBytes(server: Server, bytes: number): void {
  const error = functions.limitUnsentBytes(descriptorOf(server), bytes);
  if (error !== 0) throw failure('unsent bytes cannot be limited', error);
}

/**
 * Another descriptor of the socket that a server listens on. The socket stays when the server is closed: the kernel keeps
 * who connects meanwhile, as many as the backlog has room for, until a server listens on a descriptor again
 * (`server.listen({ fd })`, which takes the descriptor: it is closed with the server).
 *
 * @param server listens on a TCP port. The file of a Unix socket would go with its server
 * @returns what `closeSync` of node:fs closes, if nobody else does
 * @throws {ListeningSocketError} if the server does not listen, or the process may not open another file
 */
export function duplicateListeningSocket(server: Server): number {
  const descriptor = functions.duplicateDescriptor(descriptorOf(server));
  if (descriptor < 0) throw failure('a listening socket cannot be duplicated', -descriptor);
  return descriptor;
}

/** What cc/sockets/register.cc exports. */
interface SocketFunctions {
  readonly limitUnsentBytes: (descriptor: number, bytes: number) => number;
  readonly duplicateDescriptor: (descriptor: number) => number;
}

const functions = addon as SocketFunctions;

/** Node has no public name for it. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as Server & { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd ?? -1;
}

function failure(what: string, error: number): ListeningSocketError {
  return new ListeningSocketError(`${what}: ${getSystemErrorName(-error)}`);
}

import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { ListenAddress } from '../configuration/configuration.js';
import { ListenError } from '../errors.js';
import { codeOf, reasonOf } from '../system-error.js';
import type { ConnectionGate, GateRefusal } from './connection-gate.js';
import { FailureLog } from './failure-log.js';
import { ListeningSocket } from './listening-socket.js';
import { remoteAddressOf } from './remote-address.js';

/** Where a key server has been told to listen, with the port that it got. */
export type BoundAddress =
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'unix'; readonly path: string };

/** What a {@link Listener} works with. */
export interface ListenerOptions {
  readonly gate: ConnectionGate;
  /** Gets each socket that was let in; `gate.leave()` is to be called when it is gone. */
  readonly onSocket: (socket: Socket) => void;
  /** Is told why a socket was not let in. */
  readonly onRefusal: (reason: GateRefusal) => void;
  /** Is told that nobody is let in for a moment. */
  readonly onPause: () => void;
  /** Whether nothing is read of sockets, which are then for another process. */
  readonly isForOthers: boolean;
  readonly logger: Logger;
}

/** Listens at one address and lets sockets in, or not, before anything is spent on them. */
export class Listener {
  readonly #address: ListenAddress;
  readonly #options: ListenerOptions;
  readonly #refusals: FailureLog;
  readonly #socket: ListeningSocket;

  constructor(address: ListenAddress, options: ListenerOptions) {
    this.#address = address;
    this.#options = options;
    this.#refusals = new FailureLog(options.logger);
    this.#socket = new ListeningSocket({
      onSocket: (socket) => this.#enter(socket),
      pauseOnConnect: options.isForOthers,
      logger: options.logger,
    });
  }

  /**
   * Begins to accept edges. A Unix socket that a key server has left behind, and that nobody listens on, is replaced.
   *
   * @throws {ListenError} when that is not possible
   */
  async listen(): Promise<BoundAddress> {
    try {
      if (this.#address.type === 'unix') await removeStaleSocket(this.#address.path);
      const bound = await this.#socket.listen(this.#address);
      if (this.#address.type === 'unix') return this.#address;
      if (bound === null || typeof bound === 'string') throw new Error('a TCP listener has no TCP address');
      return { type: 'tcp', host: bound.address, port: bound.port };
    } catch (error) {
      throw new ListenError(describeAddress(this.#address), reasonOf(error), error);
    }
  }

  /** Lets no more sockets in. Those that were stay. */
  close(): void {
    this.#socket.close();
  }

  #enter(socket: Socket): void {
    const { gate, onSocket, onRefusal } = this.#options;
    const refusal = gate.enter(performance.now());
    if (refusal === undefined) {
      onSocket(socket);
    } else {
      const from = remoteAddressOf(socket);
      socket.destroy();
      onRefusal(refusal);
      this.#refusals.warn({ from, reason: refusal }, 'connection refused: there are too many');
    }
    this.#heedGate();
  }

  /** Whoever comes when too many have come waits in the kernel, which is cheaper than to refuse them. */
  #heedGate(): void {
    const { gate, onPause } = this.#options;
    const wait = gate.timeToRoom;
    if (wait > 0 && this.#socket.pause(Math.max(Math.ceil(wait) + TIMER_PRECISION, SHORTEST_PAUSE)))
      onPause();
  }
}

/** By how much a timer may be early, in milliseconds. */
const TIMER_PRECISION = 1;

/** In milliseconds. Each costs as much as some signatures; after a long one many would come at once. */
const SHORTEST_PAUSE = 10;

function describeAddress(address: ListenAddress): string {
  if (address.type === 'unix') return address.path;
  return `${address.host ?? 'all interfaces'}, port ${address.port}`;
}

/** Connecting to a file that is no socket is refused too: that is not ours to remove. */
async function removeStaleSocket(path: string): Promise<void> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts?.isSocket() !== true) return;
  const socket = connect({ path });
  try {
    await once(socket, 'connect');
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') await unlink(path);
  } finally {
    socket.destroy();
  }
}

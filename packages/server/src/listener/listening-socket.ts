import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { duplicateListeningSocket, limitUnsentBytes, ListeningSocketError } from '@latchkey/native';
import type { Logger } from 'pino';
import type { ListenAddress } from '../configuration/configuration.js';
import { codeOf } from '../system-error.js';

/** What a {@link ListeningSocket} works with. */
export interface ListeningSocketOptions {
  readonly onSocket: (socket: Socket) => void;
  /** Whether nothing is read of sockets, which are then for another process. */
  readonly pauseOnConnect: boolean;
  readonly logger: Logger;
}

/**
 * A TCP port or a Unix socket that is listened on. Accepting at a TCP port can be paused: the kernel keeps those who come
 * meanwhile, up to its backlog, and has the others try again later, which costs this process nothing.
 */
export class ListeningSocket {
  readonly #options: ListeningSocketOptions;
  #server: Server;
  #pause: Pause | undefined;
  #isTcp = false;

  constructor(options: ListeningSocketOptions) {
    this.#options = options;
    this.#server = this.#createServer();
  }

  /**
   * Begins to accept.
   *
   * @returns where: the port is the one that the system has chosen if it was to choose
   * @throws the system's error when that is not possible
   */
  async listen(address: ListenAddress): Promise<ReturnType<Server['address']>> {
    this.#server.listen(address.type === 'unix' ? { path: address.path } : { ...address, backlog: BACKLOG });
    await once(this.#server, 'listening');
    this.#isTcp = address.type === 'tcp';
    if (this.#isTcp) this.#limitUnsentAnswers();
    this.#surviveErrors();
    return this.#server.address();
  }

  /**
   * Accepts nobody for a while.
   *
   * @returns false if it cannot be paused, for it is a Unix socket, or not open, or the system does not let us
   */
  pause(milliseconds: number): boolean {
    if (!this.#isTcp || !this.#server.listening) return false;
    let descriptor: number;
    try {
      descriptor = duplicateListeningSocket(this.#server);
    } catch (error) {
      if (!(error instanceof ListeningSocketError)) throw error;
      return false;
    }
    this.#server.close();
    this.#pause = { descriptor, timer: setTimeout(() => this.#resume(descriptor), milliseconds) };
    return true;
  }

  /** Accepts nobody any more. Idempotent. */
  close(): void {
    if (this.#pause !== undefined) {
      clearTimeout(this.#pause.timer);
      closeSync(this.#pause.descriptor);
      this.#pause = undefined;
    }
    this.#server.close();
  }

  #resume(fd: number): void {
    this.#pause = undefined;
    this.#server = this.#createServer();
    this.#surviveErrors();
    this.#server.listen({ fd }, BACKLOG);
  }

  #createServer(): Server {
    const { pauseOnConnect, onSocket } = this.#options;
    return createServer({ pauseOnConnect }, onSocket);
  }

  /** What goes wrong now concerns single connections, e.g. no file descriptor is left to accept one with. */
  #surviveErrors(): void {
    this.#server.on('error', (error) =>
      this.#options.logger.error({ code: codeOf(error) }, 'cannot accept connections'),
    );
  }

  #limitUnsentAnswers(): void {
    try {
      limitUnsentBytes(this.#server, MAXIMUM_UNSENT);
    } catch (error) {
      if (!(error instanceof ListeningSocketError)) throw error;
      this.#options.logger.warn(
        { reason: error.message },
        'the kernel may keep megabytes for each slow reader',
      );
    }
  }
}

/** While nobody is accepted. */
interface Pause {
  /** The port stays ours through it. */
  readonly descriptor: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * Connections that wait to be accepted; the kernel caps it at net.core.somaxconn. At the default rate of new connections
 * they are let in within 2.6 s: whoever waits longer than that should not wait in vain, and edges give up after 5 s.
 */
const BACKLOG = 256;

/** Answers to an edge that does not read, in bytes, which the kernel takes before it has the key server keep the rest. */
const MAXIMUM_UNSENT = 128 * 1024;

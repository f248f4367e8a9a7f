import {
  DeadlineExceededError,
  KeyServiceClosedError,
  OperationCancelledError,
  type KeyService,
  type OperationRequest,
  type PerformOptions,
} from '@latchkey/codec';
import { leastBusyChannel } from './choice.js';
import { parseOptions, type ClientConfiguration } from './configuration.js';
import type { Connection, ConnectionUser } from './connection.js';
import { KeyServerConnectionError, TooManyOperationsError } from './errors.js';
import type { ConnectionFailure } from './failure.js';
import { KeyServer } from './key-server.js';
import type { KeyServerClientOptions } from './options.js';
import { PendingOperation, type OperationHolder } from './pending-operation.js';
import { keyServerStatistics, type KeyServerClientStatistics } from './statistics.js';

/**
 * Key servers as a {@link KeyService}.
 *
 * The first operation connects; from then on connections are kept, and made again in the background when they break. One
 * that the key server closes while nothing is in flight is made again with the next operation.
 * An operation goes to the connection with the fewest in flight over all key servers. While none has room it waits; when
 * every key server's last attempt has failed, it fails at once with {@link KeyServerConnectionError} instead of waiting
 * for the next attempt. When a connection breaks, its unanswered operations are sent once more, to another key server
 * where there is one, except for RPCs and custom functions, which might have been performed.
 *
 * `perform` answers as the operation's type says; `decrypt_premaster` is answered with the padded block, since the key
 * servers speak Keyless SSL v1. Besides the errors that key servers answer with, it throws
 * {@link KeyServerConnectionError}, {@link TooManyOperationsError}, `DeadlineExceededError`, `OperationCancelledError`
 * and `KeyServiceClosedError`, and `UnencodableMessageError` for what the protocol cannot say.
 */
export interface KeyServerClient extends KeyService {
  statistics(): KeyServerClientStatistics;
}

/**
 * Makes a client. It does not connect before the first operation, and keeps the process running until it is closed.
 *
 * @throws {ConfigurationError} when an option is wrong
 */
export function createKeyServerClient(options: KeyServerClientOptions): KeyServerClient {
  return new PooledKeyServerClient(parseOptions(options));
}

class PooledKeyServerClient implements KeyServerClient, ConnectionUser, OperationHolder {
  readonly waitingFor = 'waiting for a connection to a key server';
  readonly #configuration: ClientConfiguration;
  readonly #keyServers: readonly KeyServer[];
  readonly #connections: readonly Connection[];
  /** The longest waiting first. */
  readonly #waiting = new Set<PendingOperation>();
  readonly #counts = { sent: 0, answered: 0, failed: 0, failedOver: 0 };
  #turn = 0;
  #closing: Promise<unknown> | undefined;

  constructor(configuration: ClientConfiguration) {
    this.#configuration = configuration;
    this.#keyServers = configuration.keyServers.map((server) => new KeyServer(server, configuration, this));
    this.#connections = this.#keyServers.flatMap(({ connections }) => connections);
  }

  async perform(request: OperationRequest, { deadline, signal }: PerformOptions): Promise<Uint8Array> {
    if (this.#closing !== undefined) throw closedError();
    if (signal?.aborted === true)
      throw new OperationCancelledError('the operation was called off before it began');
    const now = performance.now();
    if (deadline <= now) throw new DeadlineExceededError('the deadline passed before the operation began');
    if (this.#waiting.size >= this.#configuration.maximumWaiting) {
      throw new TooManyOperationsError(`${this.#waiting.size} operations wait for a key server already`);
    }
    const operation = new PendingOperation(
      request,
      { deadline: Math.min(deadline, now + this.#configuration.operationTimeout), ...(signal && { signal }) },
      this,
    );
    this.#waiting.add(operation);
    this.#connect();
    this.#dispatch();
    try {
      const payload = await operation.outcome;
      this.#counts.answered += 1;
      return payload;
    } catch (error) {
      this.#counts.failed += 1;
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const operation of this.#waiting) operation.fail(closedError());
    this.#waiting.clear();
    this.#closing ??= Promise.all(this.#connections.map((connection) => connection.close(closedError)));
    await this.#closing;
  }

  statistics(): KeyServerClientStatistics {
    return {
      operations: { ...this.#counts, waiting: this.#waiting.size },
      keyServers: this.#keyServers.map(keyServerStatistics),
    };
  }

  onProgress(): void {
    this.#connect();
    this.#dispatch();
  }

  onFailure(failure: ConnectionFailure, unanswered: readonly PendingOperation[]): void {
    for (const operation of unanswered) {
      if (operation.repeatable) {
        this.#counts.failedOver += 1;
        operation.failedAt = failure.server;
        operation.moveTo(this);
        this.#waiting.add(operation);
      } else {
        operation.fail(new KeyServerConnectionError([failure]));
      }
    }
    if (this.#waiting.size > 0) this.#connect();
    this.#dispatch();
  }

  release(operation: PendingOperation): void {
    this.#waiting.delete(operation);
  }

  #connect(): void {
    for (const keyServer of this.#keyServers) keyServer.connect();
  }

  #dispatch(): void {
    for (const operation of this.#waiting) {
      const channel = leastBusyChannel(this.#connections, this.#turn, operation.failedAt);
      if (channel === undefined) {
        this.#failDuringOutage();
        return;
      }
      this.#turn = (this.#turn + 1) % this.#connections.length;
      this.#waiting.delete(operation);
      try {
        channel.send(operation);
        this.#counts.sent += 1;
      } catch (error) {
        operation.fail(error as Error);
      }
    }
  }

  /** Fails all that wait when every key server's last attempt has failed. */
  #failDuringOutage(): void {
    const failures: ConnectionFailure[] = [];
    for (const { outage } of this.#keyServers) {
      if (outage === undefined) return;
      failures.push(outage);
    }
    const [first, ...others] = failures;
    if (first === undefined) return;
    for (const operation of this.#waiting) operation.fail(new KeyServerConnectionError([first, ...others]));
    this.#waiting.clear();
  }
}

function closedError(): KeyServiceClosedError {
  return new KeyServiceClosedError('the client of the key servers has been closed');
}

import type { Server, Socket } from 'node:net';
import { EdgeSocket } from './edge-socket.js';
import type { HandshakeError } from './errors.js';
import { Handshake, type HandshakeEnvironment, type HandshakeOutcome } from './handshake.js';
import type { Resumption } from './resumption/resumption.js';
import type { EdgeSettings } from './settings.js';
import { EdgeCounters, type EdgeStatistics } from './statistics.js';
import { TurnQueue } from './turn-queue.js';

/** Whom a {@link Terminator} tells what became of a connection. */
export interface TerminatorHandlers {
  onEstablished(socket: EdgeSocket): void;
  /** The raw socket has been closed. */
  onFailed(error: HandshakeError, raw: Socket): void;
}

/** What a {@link Terminator} has to know of what runs on top. */
export interface TerminatorProtocol {
  /** Whether a visitor's plaintext connection stays writable when they have ended theirs. */
  readonly allowHalfOpen: boolean;
  /** Whether whoever speaks HTTP without TLS is told so. */
  readonly answersPlainHttp: boolean;
}

/** Takes the accepted sockets of one server and makes visitors' plaintext connections of them. */
export class Terminator {
  readonly #server: Server;
  readonly #maximumPendingHandshakes: number;
  readonly #environment: HandshakeEnvironment;
  readonly #allowHalfOpen: boolean;
  readonly #handlers: TerminatorHandlers;
  readonly #counters = new EdgeCounters();
  readonly #resumption: Resumption;
  readonly #handshakes = new Set<Handshake>();
  /** Raw sockets whose handshake failed and whose visitor still has an alert to take. */
  readonly #failed = new Set<Socket>();
  readonly #sockets = new Set<EdgeSocket>();

  constructor(
    server: Server,
    settings: EdgeSettings,
    { allowHalfOpen, answersPlainHttp }: TerminatorProtocol,
    handlers: TerminatorHandlers,
  ) {
    this.#server = server;
    this.#maximumPendingHandshakes = settings.maximumPendingHandshakes;
    this.#environment = {
      sites: settings.sites,
      timeout: settings.handshakeTimeout,
      turns: new TurnQueue(),
      counters: this.#counters,
      awaitingClientHello: new Set(),
      answersPlainHttp,
    };
    this.#resumption = settings.resumption;
    this.#allowHalfOpen = allowHalfOpen;
    this.#handlers = handlers;
  }

  /** Starts the handshake on an accepted socket. */
  accept(raw: Socket): void {
    // Every error is followed by 'close', which says all that matters.
    raw.on('error', () => {});
    if (this.#handshakes.size >= this.#maximumPendingHandshakes) this.#displaceOldest();
    if (this.#handshakes.size >= this.#maximumPendingHandshakes) {
      this.#counters.refusedConnections += 1;
      raw.destroy();
      return;
    }
    // Read now: a closed socket knows its peer only if it has been asked before.
    void raw.remoteAddress;
    const handshake = new Handshake(raw, this.#environment, (outcome) => {
      this.#handshakes.delete(handshake);
      this.#onHandshakeEnd(raw, outcome);
    });
    this.#handshakes.add(handshake);
  }

  /** Ends all handshakes that are under way. */
  abortHandshakes(): void {
    for (const handshake of this.#handshakes) handshake.abort();
  }

  /** Ends everything at once. */
  destroyConnections(): void {
    this.abortHandshakes();
    for (const raw of this.#failed) raw.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  statistics(): EdgeStatistics {
    const { pendingOperations, fullHandshakes, delegatedHandshakes, resumedHandshakes, refusedConnections } =
      this.#counters;
    return {
      pendingHandshakes: this.#handshakes.size,
      pendingOperations,
      openConnections: this.#sockets.size,
      fullHandshakes,
      delegatedHandshakes,
      resumedHandshakes,
      failedHandshakes: { ...this.#counters.failedHandshakes },
      refusedConnections,
      operations: { ...this.#counters.operations },
      resumptionStoreFailures: this.#resumption.storeFailures,
    };
  }

  /** Visitors send their ClientHello at once: who has said nothing for the longest time is the least likely to be one. */
  #displaceOldest(): void {
    const [oldest] = this.#environment.awaitingClientHello;
    oldest?.displace();
  }

  #onHandshakeEnd(raw: Socket, outcome: HandshakeOutcome): void {
    if (outcome.kind === 'failed') {
      this.#onFailed(raw, outcome.error);
      return;
    }
    const { connection, flags, info } = outcome;
    const socket = new EdgeSocket({
      raw,
      connection,
      flags,
      info,
      server: this.#server,
      allowHalfOpen: this.#allowHalfOpen,
    });
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    this.#handlers.onEstablished(socket);
  }

  #onFailed(raw: Socket, error: HandshakeError): void {
    if (raw.closed) {
      this.#handlers.onFailed(error, raw);
      return;
    }
    this.#failed.add(raw);
    // Not before: whoever hears of it may destroy the socket at once, and must not lose the visitor its alert.
    raw.once('close', () => {
      this.#failed.delete(raw);
      this.#handlers.onFailed(error, raw);
    });
  }
}

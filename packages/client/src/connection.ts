import type { TLSSocket } from 'node:tls';
import { ALPN_PROTOCOL } from '@latchkey/codec/kssl2';
import { backoffDelay } from './backoff.js';
import type { Channel } from './channel.js';
import type { ClientConfiguration, KeyServerConfiguration } from './configuration.js';
import { KeyServerConnectionError } from './errors.js';
import { BreakOffError, diagnose, type ConnectionFailure, type ConnectionPhase } from './failure.js';
import { Kssl1Channel } from './kssl1-channel.js';
import { Kssl2Channel } from './kssl2-channel.js';
import type { ChannelProtocol } from './options.js';
import { openSocket } from './socket.js';

/**
 * - `idle`: not connected, and not wanted to be until there is an operation to send
 * - `connecting`: up to the end of the TLS handshake
 * - `ready`: takes operations
 * - `backoff`: the last attempt failed or the connection broke; connects again by itself after a while
 * - `closed`: for good
 */
export type ConnectionState =
  | { readonly type: 'idle' }
  | { readonly type: 'connecting'; readonly socket: TLSSocket; readonly timeout: NodeJS.Timeout }
  | { readonly type: 'ready'; readonly socket: TLSSocket; readonly channel: Channel; readonly since: number }
  | { readonly type: 'backoff'; readonly failure: ConnectionFailure; readonly timer: NodeJS.Timeout }
  | { readonly type: 'closed' };

/** Who uses a connection. */
export interface ConnectionUser {
  /** The connection may take operations that it could not take before, or has been answered for the first time. */
  onProgress(): void;
  /** The connection could not be made or broke. Its state is no longer `ready`, and its attempts have been interrupted. */
  onFailure(failure: ConnectionFailure): void;
}

/** The last TLS session with a key server, which the next connection resumes. */
export interface SessionMemory {
  session: Buffer | undefined;
}

/** One of the connections to a key server: connects, and connects again. */
export class Connection {
  readonly #server: KeyServerConfiguration;
  readonly #configuration: ClientConfiguration;
  readonly #sessions: SessionMemory;
  readonly #user: ConnectionUser;
  #state: ConnectionState = { type: 'idle' };
  /** Attempts that have failed in a row. */
  #failures = 0;

  constructor(
    server: KeyServerConfiguration,
    configuration: ClientConfiguration,
    sessions: SessionMemory,
    user: ConnectionUser,
  ) {
    this.#server = server;
    this.#configuration = configuration;
    this.#sessions = sessions;
    this.#user = user;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connects where idle; the outcome is told to the user. */
  connect(): void {
    if (this.#state.type === 'idle') this.#open();
  }

  /**
   * Ends the connection for good, interrupts what is in flight and resolves when its socket is closed.
   *
   * @param failure makes the error for an attempt that is interrupted
   */
  async close(failure: () => Error): Promise<void> {
    const state = this.#state;
    this.#state = { type: 'closed' };
    switch (state.type) {
      case 'connecting':
        clearTimeout(state.timeout);
        await closed(state.socket.destroy());
        break;
      case 'ready':
        for (const attempt of state.channel.abandon()) attempt.interrupt(failure());
        await endPolitely(state.socket);
        break;
      case 'backoff':
        clearTimeout(state.timer);
        break;
      case 'idle':
      case 'closed':
        break;
    }
  }

  #open(): void {
    const { secureContext, connectTimeout, protocols } = this.#configuration;
    const socket = openSocket(this.#server, secureContext, {
      session: this.#sessions.session,
      alpnProtocols: protocols.has('kssl2') ? [ALPN_PROTOCOL] : [],
    });
    const timeout = setTimeout(() => {
      socket.destroy(
        new BreakOffError('timeout', `did not finish the TLS handshake within ${connectTimeout} ms`),
      );
    }, connectTimeout);
    let cause: Error | undefined;
    let phase: ConnectionPhase = 'handshake';
    socket.on('error', (error) => (cause = error));
    // With TLS 1.2 a server that refuses our certificate closes where its Finished message would come, after ours.
    socket.prependOnceListener('end', () => {
      if (socket.getFinished() !== undefined) phase = 'unanswered';
    });
    socket.on('session', (session: Buffer) => (this.#sessions.session = session));
    socket.once('secureConnect', () => this.#onSecure(socket, timeout));
    socket.once('close', () => this.#onClose(cause, phase));
    this.#state = { type: 'connecting', socket, timeout };
  }

  #onSecure(socket: TLSSocket, timeout: NodeJS.Timeout): void {
    clearTimeout(timeout);
    const { onEvent, protocols } = this.#configuration;
    // Before anything is sent: not even a ping of v1 goes to a key server that must speak kssl2.
    if (!protocols.has(protocolOf(socket))) {
      socket.destroy(
        new BreakOffError('protocol', 'does not speak kssl2, and `protocols` allows nothing else'),
      );
      return;
    }
    const channel = this.#openChannel(socket);
    this.#state = { type: 'ready', socket, channel, since: performance.now() };
    onEvent({
      type: 'connected',
      server: this.#server.name,
      protocol: protocolOf(socket),
      tlsVersion: socket.getProtocol() ?? 'unknown',
      resumed: socket.isSessionReused(),
    });
    this.#user.onProgress();
  }

  #openChannel(socket: TLSSocket): Channel {
    const { maximumInFlight, pingInterval, pingTimeout, certificateNames, onEvent } = this.#configuration;
    const options = {
      maximumInFlight,
      pingInterval,
      pingTimeout,
      onProgress: () => this.#user.onProgress(),
    };
    return protocolOf(socket) === 'kssl2'
      ? new Kssl2Channel(socket, {
          ...options,
          certificateNames,
          onCertificates: (serverNames, chains) =>
            onEvent({ type: 'certificates_received', server: this.#server.name, serverNames, chains }),
        })
      : new Kssl1Channel(socket, options);
  }

  #onClose(cause: Error | undefined, phase: ConnectionPhase): void {
    const state = this.#state;
    if (state.type === 'connecting') {
      clearTimeout(state.timeout);
      this.#onConnectFailed(diagnose(this.#server.name, phase, cause));
    } else if (state.type === 'ready') {
      this.#onBroken(state.channel, performance.now() - state.since, cause);
    }
  }

  #onConnectFailed(failure: ConnectionFailure): void {
    const retryIn = this.#backOff(failure);
    this.#configuration.onEvent({ type: 'connect_failed', server: this.#server.name, failure, retryIn });
    this.#user.onFailure(failure);
  }

  #onBroken(channel: Channel, age: number, cause: Error | undefined): void {
    const unanswered = channel.abandon();
    const wasGood =
      channel.answered && age >= this.#configuration.backoff.initial && !(cause instanceof BreakOffError);
    const failure = diagnose(this.#server.name, channel.answered ? 'answered' : 'unanswered', cause);
    if (channel.answered && cause === undefined && unanswered.length === 0) {
      this.#state = { type: 'idle' };
    } else if (wasGood) {
      this.#failures = 0;
      this.#open();
    } else {
      this.#backOff(failure);
    }
    this.#configuration.onEvent({
      type: 'disconnected',
      server: this.#server.name,
      failure,
      interrupted: unanswered.length,
    });
    for (const attempt of unanswered) attempt.interrupt(new KeyServerConnectionError([failure]));
    this.#user.onFailure(failure);
  }

  #backOff(failure: ConnectionFailure): number {
    // A server that refused our certificate may remember that in the session, even after it has been taught better.
    this.#sessions.session = undefined;
    this.#failures += 1;
    const delay = backoffDelay(this.#configuration.backoff, this.#failures);
    this.#state = { type: 'backoff', failure, timer: setTimeout(() => this.#open(), delay).unref() };
    return delay;
  }
}

/** What both ends have agreed on in the handshake, which nobody else can have changed (RFC 8446, section 4.4.4). */
function protocolOf(socket: TLSSocket): ChannelProtocol {
  return socket.alpnProtocol === ALPN_PROTOCOL ? 'kssl2' : 'kssl1';
}

/** Says goodbye (close_notify, RFC 8446, section 6.1), but does not wait for a server that does not read. */
async function endPolitely(socket: TLSSocket): Promise<void> {
  const guard = setTimeout(() => socket.destroy(), GOODBYE_TIMEOUT);
  socket.destroySoon();
  await closed(socket);
  clearTimeout(guard);
}

function closed(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** Milliseconds. */
const GOODBYE_TIMEOUT = 500;

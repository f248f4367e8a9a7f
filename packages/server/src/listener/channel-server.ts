import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { ALPN_PROTOCOL } from '@latchkey/codec/kssl2';
import type { ChannelProtocol } from '../configuration/configuration.js';
import { ClientIdentities } from '../policy/client-identities.js';
import { type ChannelCredentials, channelTlsOptions } from './channel.js';
import { Connection, type ConnectionContext } from './connection.js';
import { FailureLog } from './failure-log.js';
import { whenItSpeaks } from './first-byte.js';
import { HandshakeQueue } from './handshake-queue.js';
import { HANDSHAKE_TIMEOUT, type Refusal, refusalOf } from './refusal.js';
import { remoteAddressOf } from './remote-address.js';

/** Serves edges on the sockets that it is given: those that show a certificate of the client CA's. */
export class ChannelServer {
  readonly #context: ConnectionContext;
  readonly #protocols: ReadonlySet<ChannelProtocol>;
  readonly #logger: Logger;
  readonly #refusals: FailureLog;
  readonly #tls: TlsServer;
  readonly #handshakeQueue = new HandshakeQueue();
  #channel: ChannelCredentials;
  #clients: ClientIdentities;
  #isDraining = false;
  #onEmpty: (() => void) | undefined;
  readonly #connections = new Set<Connection>();
  /** Those that have not finished their handshake, with what ends them when they take too long. */
  readonly #handshakes = new Map<Socket, NodeJS.Timeout>();
  /** Those of them that have taken too long. */
  readonly #late = new WeakSet<Socket>();
  /** What is below TLS: those that have not finished their handshake are among them. */
  readonly #sockets = new Set<Socket>();
  /** Whose sockets they are: a closed socket does not know any more. */
  readonly #addresses = new WeakMap<Socket, string>();

  constructor(
    channel: ChannelCredentials,
    context: ConnectionContext,
    protocols: ReadonlySet<ChannelProtocol>,
    logger: Logger,
  ) {
    this.#channel = channel;
    this.#clients = new ClientIdentities(channel.clientAuthorities);
    this.#context = context;
    this.#protocols = protocols;
    this.#logger = logger;
    this.#refusals = new FailureLog(logger);
    this.#tls = createTlsServer({
      ...channelTlsOptions(channel),
      handshakeTimeout: context.limits.handshakeTimeout,
      // An edge that offers something else only means another server; v1 edges in the field offer nothing.
      ...(protocols.has('kssl2') && { ALPNProtocols: [ALPN_PROTOCOL] }),
    });
    this.#tls.on('secureConnection', (socket) => this.#accept(socket));
    this.#tls.on('tlsClientError', (error, socket) => this.#refuse(error, socket));
  }

  /** Edges that are connected. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Serves on a socket from now on, until it closes. */
  enter(socket: Socket): void {
    const from = remoteAddressOf(socket);
    this.#sockets.add(socket);
    this.#addresses.set(socket, from);
    const { handshakeTimeout } = this.#context.limits;
    const timer = setTimeout(() => this.#giveUp(socket), handshakeTimeout).unref();
    this.#handshakes.set(socket, timer);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#endHandshake(socket);
      if (this.#sockets.size === 0) this.#onEmpty?.();
    });
    // Nothing is spent on TLS for a connection that says nothing.
    whenItSpeaks(
      socket,
      () => this.#handshakeQueue.add(() => this.#beginHandshake(socket)),
      () => this.#leave(socket),
    );
  }

  /**
   * Does its handshakes with other credentials from now on. Edges that are connected stay, unless it has changed who is let
   * in: then they are let go, and come back if they are still let in.
   */
  useChannel(channel: ChannelCredentials): void {
    const isSameAdmission = hasSameAdmission(this.#channel, channel);
    this.#channel = channel;
    this.#clients = new ClientIdentities(channel.clientAuthorities);
    this.#tls.setSecureContext(channelTlsOptions(channel));
    if (isSameAdmission) return;
    for (const connection of this.#connections) connection.drain();
    for (const socket of this.#handshakes.keys()) socket.destroy();
  }

  /** Lets as many edges go as this, once they have what they are owed: they come back, to whoever has room. */
  letGo(count: number): void {
    for (const connection of [...this.#connections].slice(0, count)) connection.drain();
  }

  /** Lets all edges go once they have what they are owed, those that still come included; settles when all have gone. */
  async close(): Promise<void> {
    this.#isDraining = true;
    for (const connection of this.#connections) connection.drain();
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }

  /** Takes no more requests from edges that go on sending although they are let go, and waits for no handshake. */
  stopReading(): void {
    for (const socket of this.#handshakes.keys()) socket.destroy();
    for (const connection of this.#connections) connection.close();
  }

  /** Drops all connections as they are. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #beginHandshake(socket: Socket): void {
    // It may have gone while it waited for its turn.
    if (socket.destroyed) this.#leave(socket);
    else this.#tls.emit('connection', socket);
  }

  #giveUp(socket: Socket): void {
    this.#late.add(socket);
    socket.destroy();
  }

  #endHandshake(socket: Socket): void {
    clearTimeout(this.#handshakes.get(socket));
    this.#handshakes.delete(socket);
  }

  /** Without a handshake. */
  #leave(socket: Socket): void {
    const from = this.#addresses.get(socket);
    if (this.#late.has(socket)) this.#countRefusal(HANDSHAKE_TIMEOUT, from);
    // A load balancer's health check connects and leaves: nothing to tell an operator about.
    else this.#logger.debug({ from }, 'connected and left before its handshake');
  }

  #accept(socket: TLSSocket): void {
    this.#endHandshake(underlyingSocketOf(socket));
    // Cheaper than getPeerX509Certificate(), which reads the certificates above it, too.
    const certificate = socket.getPeerCertificate();
    const client = this.#clients.of(certificate);
    if (client === undefined) {
      this.#dismiss(socket, 'UNREADABLE_NAMES', 'the names in the client certificate cannot be read');
      return;
    }
    const speaks: ChannelProtocol = socket.alpnProtocol === ALPN_PROTOCOL ? 'kssl2' : 'kssl1';
    if (!this.#protocols.has(speaks)) {
      this.#dismiss(
        socket,
        'PROTOCOL_NOT_SERVED',
        'the client speaks Keyless SSL v1, which `protocols` leaves out',
      );
      return;
    }
    const logger = this.#logger.child({ client: client.subject, from: remoteAddressOf(socket) });
    logger.info(
      {
        fingerprint: certificate.fingerprint256,
        speaks,
        protocol: socket.getProtocol(),
        cipher: socket.getCipher().name,
      },
      'edge connected',
    );
    this.#context.counters.accepted += 1;
    const connection = new Connection(socket, client, this.#context, logger, speaks);
    this.#connections.add(connection);
    if (this.#isDraining) connection.drain();
    socket.on('close', () => this.#connections.delete(connection));
  }

  #dismiss(socket: TLSSocket, reason: string, message: string): void {
    this.#context.counters.countRefusal(reason);
    this.#refusals.warn({ from: remoteAddressOf(socket), reason }, `connection refused: ${message}`);
    socket.destroy();
  }

  #refuse(error: Error, socket: TLSSocket): void {
    // Node leaves that to us, after a timeout for one.
    socket.destroy();
    const underlying = underlyingSocketOf(socket);
    const from = this.#addresses.get(underlying);
    this.#countRefusal(this.#late.has(underlying) ? HANDSHAKE_TIMEOUT : refusalOf(error, socket), from);
  }

  #countRefusal({ reason, message }: Refusal, from: string | undefined): void {
    this.#context.counters.countRefusal(reason);
    this.#refusals.warn({ from, reason }, `connection refused: ${message}`);
  }
}

/** Whether both let in the same clients. */
function hasSameAdmission(one: ChannelCredentials, other: ChannelCredentials): boolean {
  const [lists, otherLists] = [one, other].map(({ revocationLists }) => revocationLists.pems.join(''));
  return one.clientCa.equals(other.clientCa) && lists === otherLists;
}

/** Node has no public name for it; without it, a refusal is logged without the address. */
function underlyingSocketOf(socket: TLSSocket & { readonly _parent?: Socket }): Socket {
  return socket._parent ?? socket;
}

import { once } from 'node:events';
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { ALPN_PROTOCOL } from '@latchkey/codec/kssl2';
import type { ChannelProtocol, ListenAddress } from '../configuration/configuration.js';
import { ListenError } from '../errors.js';
import { clientIdentityOf } from '../policy/client-identity.js';
import { codeOf, reasonOf } from '../system-error.js';
import { type ChannelCredentials, channelTlsOptions } from './channel.js';
import { Connection, type ConnectionContext } from './connection.js';
import type { ConnectionGate } from './connection-gate.js';
import { FailureLog } from './failure-log.js';
import { whenItSpeaks } from './first-byte.js';
import { HandshakeQueue } from './handshake-queue.js';
import { HANDSHAKE_TIMEOUT, type Refusal, refusalOf } from './refusal.js';

/** Where a key server has been told to listen, with the port that it got. */
export type BoundAddress =
  | { readonly type: 'tcp'; readonly host: string; readonly port: number }
  | { readonly type: 'unix'; readonly path: string };

/** Accepts edges at one address: those that show a certificate of the client CA's. */
export class Listener {
  readonly #address: ListenAddress;
  readonly #context: ConnectionContext;
  readonly #gate: ConnectionGate;
  readonly #protocols: ReadonlySet<ChannelProtocol>;
  readonly #logger: Logger;
  readonly #refusals: FailureLog;
  /** Lets sockets in, or not, before TLS spends anything on them. */
  readonly #server: TcpServer;
  readonly #tls: TlsServer;
  readonly #handshakeQueue = new HandshakeQueue();
  #channel: ChannelCredentials;
  #isDraining = false;
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
    address: ListenAddress,
    channel: ChannelCredentials,
    context: ConnectionContext,
    gate: ConnectionGate,
    logger: Logger,
    protocols: ReadonlySet<ChannelProtocol>,
  ) {
    this.#address = address;
    this.#channel = channel;
    this.#context = context;
    this.#gate = gate;
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
    this.#server = createTcpServer((socket) => this.#enter(socket));
  }

  /** Edges that are connected. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /**
   * Begins to accept edges. A Unix socket that a key server has left behind, and that nobody listens on, is replaced.
   *
   * @throws {ListenError} when that is not possible
   */
  async listen(): Promise<BoundAddress> {
    try {
      if (this.#address.type === 'unix') await removeStaleSocket(this.#address.path);
      this.#server.listen(
        this.#address.type === 'unix' ? { path: this.#address.path } : { ...this.#address, backlog: BACKLOG },
      );
      await once(this.#server, 'listening');
    } catch (error) {
      throw new ListenError(describeAddress(this.#address), reasonOf(error), error);
    }
    // From here on what goes wrong concerns single connections, e.g. no file descriptor is left to accept one with.
    this.#server.on('error', (error) =>
      this.#logger.error({ code: codeOf(error) }, 'cannot accept connections'),
    );
    const bound = this.#server.address();
    if (this.#address.type === 'unix') return this.#address;
    if (bound === null || typeof bound === 'string') throw new Error('a TCP listener has no TCP address');
    return { type: 'tcp', host: bound.address, port: bound.port };
  }

  /**
   * Does its handshakes with other credentials from now on. Edges that are connected stay, unless it has changed who is let
   * in: then they are let go, and come back if they are still let in.
   */
  useChannel(channel: ChannelCredentials): void {
    const isSameAdmission = hasSameAdmission(this.#channel, channel);
    this.#channel = channel;
    this.#tls.setSecureContext(channelTlsOptions(channel));
    if (isSameAdmission) return;
    for (const connection of this.#connections) connection.drain();
    for (const socket of this.#handshakes.keys()) socket.destroy();
  }

  /** Accepts no more edges; those that are connected get what they are owed and are then let go. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#isDraining = true;
    for (const connection of this.#connections) connection.drain();
    await closed;
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

  #enter(socket: Socket): void {
    const from = remoteAddressOf(socket);
    const refusal = this.#gate.enter(performance.now());
    if (refusal !== undefined) {
      socket.destroy();
      this.#context.counters.countRefusal(refusal);
      this.#refusals.warn({ from, reason: refusal }, 'connection refused: there are too many');
      return;
    }
    this.#sockets.add(socket);
    this.#addresses.set(socket, from);
    const { handshakeTimeout } = this.#context.limits;
    const timer = setTimeout(() => this.#giveUp(socket), handshakeTimeout).unref();
    this.#handshakes.set(socket, timer);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#endHandshake(socket);
      this.#gate.leave();
    });
    // Nothing is spent on TLS for a connection that says nothing.
    whenItSpeaks(
      socket,
      () => this.#handshakeQueue.add(() => this.#beginHandshake(socket)),
      () => this.#leave(socket),
    );
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
    const certificate = socket.getPeerX509Certificate();
    const client = certificate && clientIdentityOf(certificate, this.#channel.clientAuthorities);
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
    const logger = this.#logger.child({ client: certificate?.subject, from: remoteAddressOf(socket) });
    logger.info(
      {
        fingerprint: certificate?.fingerprint256,
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

/** Connections that wait to be accepted; the kernel caps it at net.core.somaxconn. */
const BACKLOG = 4096;

/** Whether both let in the same clients. */
function hasSameAdmission(one: ChannelCredentials, other: ChannelCredentials): boolean {
  const [lists, otherLists] = [one, other].map(({ revocationLists }) => revocationLists.pems.join(''));
  return one.clientCa.equals(other.clientCa) && lists === otherLists;
}

/** Node has no public name for it; without it, a refusal is logged without the address. */
function underlyingSocketOf(socket: TLSSocket & { readonly _parent?: Socket }): Socket {
  return socket._parent ?? socket;
}

function remoteAddressOf({ remoteAddress, remotePort }: Socket): string {
  return remoteAddress === undefined ? 'unix socket' : `${remoteAddress}:${remotePort}`;
}

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

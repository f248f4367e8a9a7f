import type { RequestListener, ServerOptions as HttpServerOptions } from 'node:http';
import {
  createSecureServer as createHttp2Server,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerOptions as Http2ServerOptions,
} from 'node:http2';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { ServerOpts, Socket } from 'node:net';
import { createServer as createNodeTlsServer, type Server as NodeTlsServer } from 'node:tls';
import type { EdgeSocket } from './edge-socket.js';
import { TlsMethodUnsupportedError } from './errors.js';
import { describeSession } from './http2-session.js';
import type { EdgeOptions, EdgeSites } from './options.js';
import { parseEdgeOptions, withoutEdgeOptions, type EdgeSettings } from './settings.js';
import type { EdgeStatistics } from './statistics.js';
import { Terminator, type TerminatorProtocol } from './terminator.js';

/** Options of {@link createServer}: those of an edge, and those of `http.createServer`. */
export interface EdgeServerOptions extends EdgeOptions, HttpServerOptions {}

/** Options of {@link createSecureServer}: those of an edge, and those of `http2.createSecureServer` that are not of TLS. */
export interface EdgeSecureServerOptions extends EdgeOptions, Http2ServerOptions {
  /** Whether visitors who do not speak HTTP/2 are served HTTP/1.1. Default false, as with Node. */
  readonly allowHTTP1?: boolean;
  /** Origins of the ORIGIN frame (RFC 8336). */
  readonly origins?: string[];
}

/** Options of {@link createTlsServer}: those of an edge, and those of `net.createServer`. */
export interface EdgeTlsServerOptions extends EdgeOptions, ServerOpts {}

/** What an edge's server has beside what Node's server of its kind has. */
export interface EdgeControls {
  /** What the server has done and holds now. */
  statistics(): EdgeStatistics;
  /** Destroys all connections at once, whatever they do, handshakes included. */
  closeAllConnections(): void;
  /**
   * Serves other sites from now on, as `setSecureContext` of Node's servers does: certificates are renewed so. Connections
   * stay, sessions can still be resumed where their certificates' keys are the same. What was given to the server before
   * does not count any more, `ticketKeys` excepted.
   *
   * @throws EdgeOptionsError when they cannot be used; then the sites are those from before
   */
  updateSites(sites: EdgeSites): void;
  /**
   * Replaces the server's ticket keys; for servers that were given `ticketKeys`.
   *
   * @param keys as `ticketKeys`: the first protects new tickets, all are accepted
   * @throws EdgeOptionsError for others than such keys, and for a server whose keys rotate by themselves
   */
  updateTicketKeys(keys: readonly Uint8Array[]): void;
  /** Resolves once shared ticket keys are in use, or cannot be had at present: visitors may come before. */
  resumptionReady(): Promise<void>;
}

/** A server of `node:https` whose visitors' TLS is terminated with remote keys. */
export interface EdgeServer extends HttpsServer, EdgeControls {}

/** A server of `node:http2` whose visitors' TLS is terminated with remote keys. */
export interface EdgeSecureServer extends Http2SecureServer, EdgeControls {}

/** A server of `node:tls` whose visitors' TLS is terminated with remote keys. Its sockets are {@link EdgeSocket}s. */
export interface EdgeTlsServer extends NodeTlsServer, EdgeControls {}

/**
 * `https.createServer` without the private key: HTTP/1.1 over TLS.
 *
 * The server is an `https.Server` and behaves like one: `listen`, `close`, timeouts, events. The differences:
 * - `close` aborts handshakes that are under way,
 * - 'tlsClientError' comes with a {@link HandshakeError} once the visitor's socket, a `net.Socket`, has been closed,
 * - sockets are {@link EdgeSocket}s,
 * - methods and events that manage Node's own TLS contexts and sessions do not apply: the former throw, the latter
 *   never come.
 *
 * @throws EdgeOptionsError
 */
export function createServer(options: EdgeServerOptions, requestListener?: RequestListener): EdgeServer {
  const settings = parseEdgeOptions(options, ['http/1.1']);
  return terminateTls(createHttpsServer(nodeOptions(options), requestListener), settings, HTTP);
}

/**
 * `http2.createSecureServer` without the private key: HTTP/2 over TLS, with `allowHTTP1` also HTTP/1.1, as the visitor
 * chooses by ALPN. For the differences to Node's server see {@link createServer}.
 *
 * Express 5 does not speak HTTP/2, with Node's server neither: serve it by {@link createServer}.
 *
 * @throws EdgeOptionsError
 */
export function createSecureServer(
  options: EdgeSecureServerOptions,
  requestListener?: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): EdgeSecureServer {
  const settings = parseEdgeOptions(options, options.allowHTTP1 === true ? ['h2', 'http/1.1'] : ['h2']);
  return terminateTls(createHttp2Server(nodeOptions(options), requestListener), settings, HTTP);
}

/**
 * `tls.createServer` without the private key. For the differences to Node's server see {@link createServer}.
 *
 * @param connectionListener for 'secureConnection'
 * @throws EdgeOptionsError
 */
export function createTlsServer(
  options: EdgeTlsServerOptions,
  connectionListener?: (socket: EdgeSocket) => void,
): EdgeTlsServer {
  const settings = parseEdgeOptions(options, undefined);
  const server = createNodeTlsServer(nodeOptions(options));
  if (connectionListener !== undefined) server.on('secureConnection', connectionListener as never);
  return terminateTls(server, settings, {
    allowHalfOpen: options.allowHalfOpen === true,
    answersPlainHttp: false,
  });
}

const HTTP: TerminatorProtocol = { allowHalfOpen: true, answersPlainHttp: true };

function nodeOptions<Options extends EdgeOptions>(
  options: Options,
): Omit<Options, keyof EdgeOptions> & ServerOpts {
  // A visitor who ends their side must still get what they are owed, if only an alert.
  return { noDelay: true, ...withoutEdgeOptions(options), allowHalfOpen: true };
}

/**
 * Puts our TLS in the place of Node's. A `tls.Server`, whichever protocol runs on it, is two listeners: one for
 * 'connection', which does the handshake, and one for 'secureConnection', which does the rest. We replace the first.
 */
function terminateTls<Server extends NodeTlsServer>(
  server: Server,
  settings: EdgeSettings,
  protocol: TerminatorProtocol,
): Server & EdgeControls {
  const terminator = new Terminator(server, settings, protocol, {
    onEstablished: (socket) => emitSecureConnection(server, socket),
    onFailed: (error, raw) => server.emit('tlsClientError', error, raw as never),
  });
  server.removeAllListeners('connection');
  server.on('connection', (raw: Socket) => terminator.accept(raw));

  server.on('listening', () => settings.resumption.start());
  server.on('close', () => {
    settings.resumption.stop();
    settings.sites.close();
  });

  const close = server.close.bind(server);
  return Object.assign(server, {
    statistics: () => terminator.statistics(),
    closeAllConnections: () => terminator.destroyConnections(),
    updateSites: (sites: EdgeSites) => settings.sites.update(sites),
    updateTicketKeys: (keys: readonly Uint8Array[]) => settings.resumption.updateTicketKeys(keys),
    resumptionReady: () => settings.resumption.ready,
    close: (callback?: (error?: Error) => void) => {
      terminator.abortHandshakes();
      close(callback);
      return server;
    },
    // With these, processes of node:cluster that listen together share Node's own ticket keys.
    _getServerData: () => undefined,
    _setServerData: () => {},
    addContext: () => unsupported('addContext', 'call updateSites'),
    setSecureContext: () => unsupported('setSecureContext', 'call updateSites'),
    getTicketKeys: () => unsupported('getTicketKeys', 'give ticketKeys'),
    setTicketKeys: () => unsupported('setTicketKeys', 'call updateTicketKeys'),
  });
}

function emitSecureConnection(server: NodeTlsServer, socket: EdgeSocket): void {
  if (socket.alpnProtocol !== 'h2') {
    server.emit('secureConnection', socket as never);
    return;
  }
  const onSession = (session: ServerHttp2Session): void => {
    describeSession(session, socket);
    // What Node puts between copies all that comes into memory of the session's.
    socket.lendInput();
  };
  // The session, if it comes to one, is made and announced while the event is emitted.
  server.prependListener('session', onSession);
  try {
    server.emit('secureConnection', socket as never);
  } finally {
    server.off('session', onSession);
  }
}

function unsupported(method: string, advice: string): never {
  throw new TlsMethodUnsupportedError(`${method}() does not apply to an edge's server; ${advice}`);
}

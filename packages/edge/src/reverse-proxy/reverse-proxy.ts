import type { IncomingMessage } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { Exchange, type ExchangeEnvironment, type Upgrade } from './exchange.js';
import type { VisitorRequest, VisitorResponse } from './exchange-record.js';
import { parseReverseProxyOptions, type ReverseProxyOptions, type ReverseProxyRoutes } from './options.js';
import { refuse } from './refusal.js';
import { Routes } from './routes.js';
import { hasBody, responseOn, upgradeOfConnect, upgradeOfRequest } from './upgrade.js';
import { parseVisitorRequest } from './visitor-request.js';

/** A listener for the 'request' event of an edge's server, and more. */
export interface ReverseProxy {
  (request: VisitorRequest, response: VisitorResponse): void;
  /**
   * Listens to a server's 'request', 'upgrade' and 'connect' events: ordinary requests, WebSockets and other upgrades,
   * and WebSockets over HTTP/2, which take the server's option `settings: { enableConnectProtocol: true }`.
   *
   * @returns the server
   */
  serve<HttpServer extends Server>(server: HttpServer): HttpServer;
  /**
   * Sends requests by other routes from now on; those under way go on as they began. What stays the same of the origins
   * keeps its connections.
   *
   * @throws EdgeOptionsError when they cannot be used; then the routes are those from before
   */
  updateRoutes(routes: ReverseProxyRoutes): void;
  /** Closes the connections to the origins, and those that were upgraded. */
  close(): void;
}

/**
 * Passes visitors' requests on to origins that speak HTTP/1.1 or HTTP/2, with bodies and trailers streamed both ways, no
 * faster than the slower side takes them, on connections that are kept.
 *
 * - The origin sees the visitor's own Host, and Forwarded (RFC 7239), X-Forwarded-For, -Host and -Proto as the edge saw
 *   them, whatever the visitor claims in those.
 * - An origin that cannot be reached or breaks off before its answer is a bare 502 to the visitor, one that stays silent
 *   a bare 504; when it breaks off within its answer, so does the visitor's. `onFailure` is told why.
 * - A request is sent again to another origin where the first could not be connected, and, if it is idempotent and has no
 *   body, where the origin has just closed the idle connection that it went out on.
 * - Requests that could be understood in two ways (RFC 9112, section 11.2) are refused.
 *
 * The edge itself answers `Expect: 100-continue`. CONNECT is refused, and so are upgrades to HTTP/2 in plain text.
 *
 * @throws EdgeOptionsError
 */
export function createReverseProxy(options: ReverseProxyOptions): ReverseProxy {
  const settings = parseReverseProxyOptions(options);
  let routes = new Routes(settings);
  const environment: ExchangeEnvironment = { settings, tunnels: new Set() };

  const pass = (request: VisitorRequest, response: VisitorResponse, upgrade?: Upgrade): void => {
    const parsed = parseVisitorRequest(request);
    if (typeof parsed === 'number') {
      refuse(settings, request, response, parsed);
      return;
    }
    const group = routes.find(parsed.serverName, parsed.host);
    if (group === undefined) refuse(settings, request, response, 421);
    else new Exchange(environment, { request, response, parsed, upgrade }, group).start();
  };

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const response = responseOn(socket, request);
    const upgrade = upgradeOfRequest(request, response, socket, head);
    // Nobody but the visitor means to read on in it.
    if (upgrade === undefined) socket.resume();
    if (hasBody(request)) refuse(settings, request, response, 400);
    else pass(request, response, upgrade);
  };

  const onConnect = (request: VisitorRequest, to: Duplex | Http2ServerResponse): void => {
    const response = 'stream' in request ? (to as Http2ServerResponse) : responseOn(to as Duplex, request);
    const upgrade = 'stream' in request ? upgradeOfConnect(request, to as Http2ServerResponse) : undefined;
    if (upgrade === undefined) refuse(settings, request, response, 405);
    else pass(request, response, upgrade);
  };

  const proxy = (request: VisitorRequest, response: VisitorResponse): void => pass(request, response);
  return Object.assign(proxy, {
    serve: <HttpServer extends Server>(server: HttpServer): HttpServer => {
      server.on('request', proxy);
      server.on('upgrade', onUpgrade);
      server.on('connect', onConnect);
      return server;
    },
    updateRoutes: (next: ReverseProxyRoutes) => {
      const previous = routes;
      routes = new Routes(parseReverseProxyOptions(next), previous);
      previous.retireAllBut(routes);
    },
    close: () => {
      routes.close();
      for (const tunnel of environment.tunnels) tunnel.destroy();
    },
  });
}

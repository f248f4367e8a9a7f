import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Upgrade } from './exchange.js';
import { acceptWebSocketKey } from './web-socket.js';

/**
 * An answer on a connection that Node's http server has given away because the request wished an upgrade. The connection
 * is closed after it.
 */
export function responseOn(socket: Duplex, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as never);
  response.once('finish', () => {
    response.detachSocket(socket as never);
    socket.end();
    response.emit('close');
  });
  // Whoever breaks off is seen by 'close'.
  socket.on('error', () => {});
  return response;
}

/** Whether a request has a body: which part of what follows its header is the body, Node does not say after an Upgrade. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/**
 * The upgrade that a request over HTTP/1.1 wishes for.
 *
 * @returns undefined where it is to be taken for an ordinary request, as any Upgrade may be (RFC 9110, section 7.8)
 */
export function upgradeOfRequest(
  request: IncomingMessage,
  response: ServerResponse,
  socket: Duplex,
  head: Buffer,
): Upgrade | undefined {
  const protocol = request.headers.upgrade?.split(',', 1)[0]?.trim() ?? '';
  // Another HTTP would carry requests that the edge cannot see. RFC 9113, section 3.1: h2c is obsolete.
  if (protocol === '' || /^(?:h2c?|https?|tls)(?:\/|$)/i.test(protocol)) return undefined;
  return {
    protocol: protocol.toLowerCase() === 'websocket' ? 'websocket' : protocol,
    head,
    accept: (headers) => {
      response.detachSocket(socket as never);
      const key = request.headers['sec-websocket-key'];
      // An origin that speaks HTTP/2 has been asked without a key.
      if (protocol.toLowerCase() === 'websocket' && key !== undefined)
        headers['sec-websocket-accept'] ??= acceptWebSocketKey(key);
      socket.write(switchingProtocols({ connection: 'Upgrade', upgrade: protocol, ...headers }), 'latin1');
      return socket;
    },
  };
}

/** The extended CONNECT (RFC 8441) that a request over HTTP/2 is; undefined for an ordinary CONNECT. */
export function upgradeOfConnect(
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): Upgrade | undefined {
  const protocol = request.headers[':protocol'];
  if (typeof protocol !== 'string') return undefined;
  return {
    protocol,
    head: Buffer.alloc(0),
    accept: (headers) => {
      const { 'sec-websocket-accept': _, ...others } = headers;
      response.writeHead(200, others);
      return response.stream;
    },
  };
}

/** The fields come from an HTTP parser, so there is no line break in any. */
function switchingProtocols(headers: OutgoingHttpHeaders): string {
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => `${name}: ${each}\r\n`),
  );
  return `HTTP/1.1 101 Switching Protocols\r\n${fields.join('')}\r\n`;
}

import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { EdgeSocket } from './edge-socket.js';

/**
 * Lets an HTTP/2 session tell the truth about its connection. Node puts a socket of its own between the session and any
 * stream that is not Node's, and that one knows neither TLS nor the visitor's address: without this `request.socket`
 * would deny that the connection is encrypted, and frameworks would take `https` for `http`.
 */
export function describeSession(session: Http2Session, socket: EdgeSocket): void {
  const { alpnProtocol, servername, remoteAddress, remoteFamily, remotePort, localAddress, localPort } =
    socket;
  define(session, { encrypted: true, alpnProtocol });
  define(socketBetween(session), {
    encrypted: true,
    authorized: false,
    alpnProtocol,
    servername,
    remoteAddress,
    remoteFamily,
    remotePort,
    localAddress,
    localPort,
    getProtocol: () => socket.getProtocol(),
    getCipher: () => socket.getCipher(),
    getPeerCertificate: () => socket.getPeerCertificate(),
    isSessionReused: () => socket.isSessionReused(),
  });
}

/**
 * `session.socket` is a proxy that cannot define properties. Calls of most methods go through to the socket behind it,
 * though, and an emitter's `off` returns the emitter.
 */
function socketBetween(session: Http2Session): Socket {
  return session.socket.off('close', () => {});
}

function define(target: object, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(target, name, { value, configurable: true, enumerable: true });
  }
}

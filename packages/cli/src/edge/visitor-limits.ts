import type { EdgeSecureServer } from '@latchkey/edge';
import type { ServerHttp2Session } from 'node:http2';
import type { VisitorLimits } from '../edge-configuration/visitor-limits.js';

/** The connections of HTTP/2 that a server has. */
export interface Http2Sessions {
  /** Lets each finish what it has begun. */
  close(): void;
}

/** Bounds what visitors can keep a server busy with. To be called before it listens. */
export function limitVisitors(server: EdgeSecureServer, limits: VisitorLimits): Http2Sessions {
  // Node's HTTP/2 server takes these as properties where a visitor speaks HTTP/1.1; as options not before Node 24.
  Object.assign(server, {
    maxHeaderSize: limits.headerSize,
    headersTimeout: limits.headerTimeout,
    requestTimeout: Math.max(limits.requestTimeout, limits.headerTimeout),
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: CHECKING_INTERVAL,
    requireHostHeader: true,
    // The size is what bounds them. Node would drop those beyond a number in silence.
    maxHeadersCount: 0,
    ...(limits.connections !== undefined && { maxConnections: limits.connections }),
  });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    const stopWaiting = closeWhenIdle(session, limits.idleTimeout);
    session.once('close', () => {
      sessions.delete(session);
      stopWaiting();
    });
  });
  return {
    close: () => {
      for (const session of sessions) session.close();
    },
  };
}

/** Node's own timeout would count pings and pieces of headers as life. */
function closeWhenIdle(session: ServerHttp2Session, idleTimeout: number): () => void {
  let streams = 0;
  const timer = setTimeout(() => {
    if (streams === 0) session.close();
  }, idleTimeout);
  session.on('stream', (stream) => {
    streams += 1;
    stream.once('close', () => {
      streams -= 1;
      timer.refresh();
    });
  });
  return () => clearTimeout(timer);
}

/** In milliseconds: as much later than their timeouts may headers and requests be found to be late. */
const CHECKING_INTERVAL = 1000;

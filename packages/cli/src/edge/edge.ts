import { once } from 'node:events';
import type { ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { KeyServerClientStatistics } from '@latchkey/client';
import { createReverseProxy, createSecureServer, type EdgeStatistics } from '@latchkey/edge';
import type { Logger } from 'pino';
import { formatAddress, type ListenAddress } from '../addresses.js';
import type { EdgeConfiguration } from '../edge-configuration/edge-configuration.js';
import { ping } from '../ping.js';
import { KeyServices } from './key-services.js';
import { logHandshakeFailure, logKeyServerEvent, logOriginFailure } from './log.js';

/** The edge cannot listen where it is told to. */
class EdgeListenError extends Error {
  readonly code = 'LATCHKEY_EDGE_LISTEN_FAILED';
  override readonly name = 'EdgeListenError';

  constructor(address: ListenAddress, cause: unknown) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const reason = isTaken ? 'something else listens there already' : String(cause);
    super(`cannot listen on ${formatAddress(address)}: ${reason}`, { cause });
  }
}

/** What an edge has done and holds now. */
export interface RunningEdgeStatistics extends EdgeStatistics {
  /** For each set of key servers that sites have. */
  readonly keyServices: readonly KeyServerClientStatistics[];
}

/** An edge that serves visitors. */
export interface RunningEdge {
  /** The TCP port that it listens on. */
  readonly port: number;
  /** Settles once the key servers have been reached or have failed; which of the two is in the log. */
  readonly contacted: Promise<void>;
  statistics(): RunningEdgeStatistics;
  /**
   * Accepts no more visitors, lets requests under way finish and closes everything.
   *
   * @param drainTimeout how long they may take, in milliseconds
   */
  close(drainTimeout: number): Promise<void>;
}

/**
 * Starts an edge: TLS for visitors, a client of the key servers, and a reverse proxy to the origin.
 *
 * @throws {EdgeOptionsError} for a certificate that TLS cannot use
 * @throws {EdgeListenError}
 */
export async function startEdge(
  { channel, protocols, hedging, nameServers, handshakeTimeout, listen, origin, sites }: EdgeConfiguration,
  logger: Logger,
): Promise<RunningEdge> {
  const keyServices = new KeyServices({
    protocols,
    hedging,
    ...(nameServers && { nameServers }),
    certificate: channel.certificate.text,
    key: channel.key.text,
    ca: channel.ca.text,
    onEvent: (event) => logKeyServerEvent(logger, event),
  });
  const proxy = createReverseProxy({ origin, onFailure: (error) => logOriginFailure(logger, error) });
  const [defaultSite] = sites;
  const server = createSecureServer({
    allowHTTP1: true,
    // WebSockets over HTTP/2 (RFC 8441).
    settings: { enableConnectProtocol: true },
    handshakeTimeout,
    ...(defaultSite && {
      keyService: keyServices.clientOf(defaultSite.keyServers),
      certificateChain: defaultSite.certificate.text,
      allowStaticRsa: defaultSite.allowStaticRsa,
    }),
    sites: sites.map(({ serverNames, certificate, keyServers: ownKeyServers, allowStaticRsa }) => ({
      serverNames,
      keyService: keyServices.clientOf(ownKeyServers),
      certificateChain: certificate.text,
      allowStaticRsa,
    })),
  });
  proxy.serve(server);
  server.on('tlsClientError', (error) => logHandshakeFailure(logger, error));
  // Closing the server leaves HTTP/2 sessions open; they are told on their own.
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.listen({ ...listen, backlog: BACKLOG });
  await once(server, 'listening').catch((error: unknown) => {
    throw new EdgeListenError(listen, error);
  });

  return {
    port: (server.address() as AddressInfo).port,
    // Connected before the first visitor comes, who then need not wait for it.
    contacted: Promise.all(
      keyServices.clients.map((client) => ping(client, CONTACT_TIMEOUT).catch(() => undefined)),
    ).then(() => undefined),
    statistics: () => ({
      ...server.statistics(),
      keyServices: keyServices.clients.map((client) => client.statistics()),
    }),
    close: async (drainTimeout) => {
      const timer = setTimeout(() => server.closeAllConnections(), drainTimeout);
      const closed = once(server, 'close');
      server.close();
      for (const session of sessions) session.close();
      await closed;
      clearTimeout(timer);
      proxy.close();
      await keyServices.close();
    },
  };
}

/** Visitors that may arrive at once; those beyond have to knock again, seconds later. The kernel may allow less. */
const BACKLOG = 4096;

/** In milliseconds. */
const CONTACT_TIMEOUT = 5000;

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { collectMetrics, type WatchedCertificate } from '@latchkey/admin';
import type { KeyServerClientStatistics } from '@latchkey/client';
import {
  createReverseProxy,
  createSecureServer,
  type ResumptionStore,
  type ReverseProxyOptions,
} from '@latchkey/edge';
import type { Logger } from 'pino';
import type { EdgeConfiguration } from '../edge-configuration/edge-configuration.js';
import { ping } from '../ping.js';
import { type AccessLog, openAccessLog } from './access-log.js';
import { EdgeListenError } from './edge-listen-error.js';
import { edgeMetrics } from './edge-metrics.js';
import type { EdgeProblem, EdgeStatus } from './edge-status.js';
import { ExchangeRecorder } from './exchange-recorder.js';
import { HandshakeRecorder } from './handshake-recorder.js';
import { KeyServices } from './key-services.js';
import { logHandshakeFailure, logKeyServerEvent, logOriginFailure } from './log.js';
import { limitVisitors } from './visitor-limits.js';

/** An edge that serves visitors. */
export interface RunningEdge {
  /** The TCP port that it listens on. */
  readonly port: number;
  /** Settles once the key servers have been reached or have failed; which of the two is in the log. */
  readonly contacted: Promise<void>;
  status(): Promise<EdgeStatus>;
  /** Reads again what may change while it runs; goes on in a new file where the access log has been moved away. */
  reload(): void;
  /** Accepts no more visitors, lets requests under way finish, and closes everything once `drain_timeout` is over. */
  close(): Promise<void>;
}

/** What an edge works with besides its configuration. */
export interface EdgeSurroundings {
  readonly logger: Logger;
  /** Where sessions are shared with the other processes of the edge. */
  readonly resumptionStore?: ResumptionStore | undefined;
}

/**
 * Starts an edge: TLS for visitors, a client of the key servers, and a reverse proxy to the origin.
 *
 * @throws {EdgeOptionsError} for a certificate that TLS cannot use
 * @throws {EdgeListenError}
 */
export async function startEdge(
  configuration: EdgeConfiguration,
  { logger, resumptionStore }: EdgeSurroundings,
): Promise<RunningEdge> {
  const { channel, handshakeTimeout, limits, listen, nameServers, sites } = configuration;
  const accessLog = await openLog(configuration, logger);
  const keyServices = new KeyServices({
    protocols: configuration.protocols,
    hedging: configuration.hedging,
    ...(nameServers && { nameServers }),
    certificate: channel.certificate.text,
    key: channel.key.text,
    ca: channel.ca.text,
    onEvent: (event) => logKeyServerEvent(logger, event),
  });
  const keyServerStatistics = (): KeyServerClientStatistics[] =>
    keyServices.clients.map((client) => client.statistics());
  const [defaultSite] = sites;
  const server = createSecureServer({
    allowHTTP1: true,
    settings: {
      // WebSockets over HTTP/2 (RFC 8441).
      enableConnectProtocol: true,
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.headerSize,
    },
    handshakeTimeout,
    ...(resumptionStore && { resumption: { store: resumptionStore } }),
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
  const sessions = limitVisitors(server, limits);
  const handshakes = new HandshakeRecorder();
  const exchanges = new ExchangeRecorder();
  server.on('secureConnection', (socket) => handshakes.record(socket));
  server.on('tlsClientError', (error) => logHandshakeFailure(logger, error));
  const proxy = createReverseProxy({
    ...proxyOptions(configuration),
    onFailure: (error) => logOriginFailure(logger, error),
    onExchange: (record) => {
      exchanges.record(record);
      accessLog?.write(record);
    },
  });
  proxy.serve(server);
  const metrics = [
    ...handshakes.metrics(),
    ...edgeMetrics({
      statistics: () => server.statistics(),
      keyServers: keyServerStatistics,
      certificates: () => watchedCertificates(configuration),
    }),
    ...exchanges.metrics(),
  ];
  let isDraining = false;

  await server.resumptionReady();
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
    status: async () => ({
      problems: problemsOf(isDraining, keyServerStatistics()),
      statistics: server.statistics(),
      keyServices: keyServerStatistics(),
      metrics: await collectMetrics(metrics),
    }),
    reload: () => accessLog?.reopen(),
    close: async () => {
      isDraining = true;
      const timer = setTimeout(() => {
        server.closeAllConnections();
        proxy.close();
      }, configuration.drainTimeout);
      const closed = once(server, 'close');
      server.close();
      // Closing the server leaves HTTP/2 sessions open.
      sessions.close();
      await closed;
      clearTimeout(timer);
      proxy.close();
      accessLog?.close();
      await keyServices.close();
    },
  };
}

async function openLog({ accessLog }: EdgeConfiguration, logger: Logger): Promise<AccessLog | undefined> {
  return (
    accessLog &&
    (await openAccessLog(accessLog, (error) =>
      logger.error({ reason: error.message }, 'the access log cannot be written'),
    ))
  );
}

function proxyOptions({ origin, sites, limits }: EdgeConfiguration): ReverseProxyOptions {
  return {
    origin,
    sites: sites.map((site) => ({
      serverNames: site.serverNames,
      ...(site.origin !== undefined && { origin: site.origin }),
    })),
    visitorTimeout: limits.pauseTimeout,
    ...(limits.bodySize !== undefined && { maximumRequestBody: limits.bodySize }),
  };
}

function watchedCertificates({ channel, sites }: EdgeConfiguration): WatchedCertificate[] {
  const files = [channel.certificate, channel.ca, ...sites.map(({ certificate }) => certificate)];
  return files.flatMap(({ path, certificates }) =>
    certificates.map((certificate) => ({ source: path, certificate })),
  );
}

function problemsOf(isDraining: boolean, keyServices: readonly KeyServerClientStatistics[]): EdgeProblem[] {
  const unavailable = keyServices.filter(({ keyServers }) => !keyServers.some(({ available }) => available));
  return [
    ...(isDraining ? [{ problem: 'draining' } as const] : []),
    ...unavailable.map(({ keyServers }) => {
      const names = keyServers.map(({ server }) => server).join(', ');
      return { problem: 'key_servers_unavailable', reason: `none of ${names} answers` } as const;
    }),
  ];
}

/** Visitors that may arrive at once; those beyond have to knock again, seconds later. The kernel may allow less. */
const BACKLOG = 4096;

/** In milliseconds. */
const CONTACT_TIMEOUT = 5000;

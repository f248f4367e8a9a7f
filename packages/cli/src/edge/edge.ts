import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { collectMetrics, type WatchedCertificate } from '@latchkey/admin';
import type { KeyServerClientStatistics } from '@latchkey/client';
import { KeyNotFoundError, type KeyService } from '@latchkey/codec';
import {
  createReverseProxy,
  createSecureServer,
  type ResumptionStore,
  type ReverseProxyOptions,
  type ReverseProxyRoutes,
} from '@latchkey/edge';
import type { Logger } from 'pino';
import type { EdgeConfiguration } from '../edge-configuration/edge-configuration.js';
import { ping } from '../ping.js';
import { signOnTrial, trialSchemeFor } from '../trial-signature.js';
import { type AccessLog, openAccessLog } from './access-log.js';
import { EdgeListenError } from './edge-listen-error.js';
import { ConfigurationWatch } from './configuration-watch.js';
import { edgeMetrics } from './edge-metrics.js';
import type { EdgeProblem, EdgeStatus } from './edge-status.js';
import { ExchangeRecorder } from './exchange-recorder.js';
import { HandshakeRecorder } from './handshake-recorder.js';
import { type ChannelOptions, KeyServices } from './key-services.js';
import { logEdgeEvent, logHandshakeFailure, logKeyServerEvent, logOriginFailure } from './log.js';
import { ReceivedCertificates } from './received-certificates.js';
import { connectRedis } from './redis.js';
import { edgeSites } from './sites.js';
import { limitVisitors } from './visitor-limits.js';

/** An edge that serves visitors. */
export interface RunningEdge {
  /** The TCP port that it listens on. */
  readonly port: number;
  /** Settles once the key servers have been reached or have failed; which of the two is in the log. */
  readonly contacted: Promise<void>;
  status(): Promise<EdgeStatus>;
  /**
   * Reads configuration and files again and serves by them, as far as a running edge can: sites, origins, key
   * servers, the channel's certificates and ticket keys. Connections stay; what cannot be used changes nothing. Goes on in a new file where the access log has been moved
   * away.
   */
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
  const { handshakeTimeout, limits, listen, nameServers, resumption } = configuration;
  let current = configuration;
  const accessLog = await openLog(configuration, logger);
  const keyServices = new KeyServices({
    protocols: configuration.protocols,
    hedging: configuration.hedging,
    ...(nameServers && { nameServers }),
    ...channelOptions(configuration),
    onEvent: (event) => {
      logKeyServerEvent(logger, event);
      if (event.type === 'certificates_received') void certificates.receive(event);
    },
  });
  const certificates = new ReceivedCertificates(
    {
      apply: () => server.updateSites(edgeSites(current, { keyServices, certificates })),
      isKeyServed: ({ keyServers }, leaf) => isKeyServed(keyServices.clientOf(keyServers), leaf),
      logger,
    },
    configuration.sites,
  );
  const keyServerStatistics = (): KeyServerClientStatistics[] =>
    keyServices.clients.map((client) => client.statistics());
  const redis = resumption.redis && (await connectRedis(resumption.redis));
  const store = redis?.store ?? resumptionStore;
  const { ticketKeys, ticketKeyLifetime } = resumption;
  const server = createSecureServer({
    allowHTTP1: true,
    settings: {
      // WebSockets over HTTP/2 (RFC 8441).
      enableConnectProtocol: true,
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.headerSize,
    },
    handshakeTimeout,
    ...edgeSites(configuration, { keyServices, certificates }),
    ...(ticketKeys && { ticketKeys }),
    resumption: { ...(store && { store }), ...(ticketKeyLifetime !== undefined && { ticketKeyLifetime }) },
    onEvent: (event) => logEdgeEvent(logger, event),
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
      reloads: () => watch.counts,
      certificates: () => [...watchedCertificates(current), ...certificates.watchedCertificates],
    }),
    ...exchanges.metrics(),
  ];
  let isDraining = false;

  keyServices.askForCertificates(configuration.sites);
  await server.resumptionReady();
  server.listen({ ...listen, backlog: BACKLOG });
  await once(server, 'listening').catch((error: unknown) => {
    throw new EdgeListenError(listen, error);
  });

  const watch = new ConfigurationWatch({
    configuration,
    logger,
    apply: (next) => {
      const renewsChannel = JSON.stringify(channelOptions(next)) !== JSON.stringify(channelOptions(current));
      if (renewsChannel) keyServices.reconfigure(channelOptions(next));
      try {
        certificates.adopt(next.sites);
        proxy.updateRoutes(proxyRoutes(next));
        server.updateSites(edgeSites(next, { keyServices, certificates }));
        if (ticketKeys !== undefined && next.resumption.ticketKeys !== undefined)
          server.updateTicketKeys(next.resumption.ticketKeys);
      } catch (error) {
        certificates.adopt(current.sites);
        proxy.updateRoutes(proxyRoutes(current));
        if (renewsChannel) keyServices.reconfigure(channelOptions(current));
        throw error;
      }
      current = next;
      keyServices.askForCertificates(next.sites);
      // Handshakes under way may still ask those whose sites have gone.
      keyServices.keepOnly(
        next.sites.map(({ keyServers }) => keyServers),
        handshakeTimeout,
      );
    },
  });
  return {
    port: (server.address() as AddressInfo).port,
    // Connected before the first visitor comes, who then need not wait for it.
    contacted: contact(keyServices, certificates),
    status: async () => ({
      problems: problemsOf(isDraining, keyServerStatistics(), certificates.missing),
      statistics: server.statistics(),
      keyServices: keyServerStatistics(),
      metrics: await collectMetrics(metrics),
    }),
    reload: () => {
      accessLog?.reopen();
      void watch.reload();
    },
    close: async () => {
      isDraining = true;
      watch.close();
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
      redis?.close();
      await keyServices.close();
    },
  };
}

/** Whether a key server signs with the key of a certificate; also true where none says that it does not. */
async function isKeyServed(keyService: KeyService, leaf: X509Certificate): Promise<boolean> {
  const scheme = trialSchemeFor(leaf.publicKey);
  if (scheme === undefined) return true;
  try {
    return await signOnTrial(keyService, leaf, scheme, CONTACT_TIMEOUT);
  } catch (error) {
    return !(error instanceof KeyNotFoundError);
  }
}

/** Gets over with what the first visitors would wait for: connections, and certificates that the key servers send. */
async function contact(keyServices: KeyServices, certificates: ReceivedCertificates): Promise<void> {
  const pings = await Promise.allSettled(keyServices.clients.map((client) => ping(client, CONTACT_TIMEOUT)));
  if (pings.every(({ status }) => status === 'rejected')) return;
  await Promise.race([certificates.complete, delay(CERTIFICATE_PATIENCE, undefined, { ref: false })]);
}

function channelOptions({ channel }: EdgeConfiguration): ChannelOptions {
  return { certificate: channel.certificate.text, key: channel.key.text, ca: channel.ca.text };
}

async function openLog({ accessLog }: EdgeConfiguration, logger: Logger): Promise<AccessLog | undefined> {
  return (
    accessLog &&
    (await openAccessLog(accessLog, (error) =>
      logger.error({ reason: error.message }, 'the access log cannot be written'),
    ))
  );
}

function proxyRoutes({ origin, sites }: EdgeConfiguration): ReverseProxyRoutes {
  return {
    origin,
    sites: sites.map((site) => ({
      serverNames: site.serverNames,
      ...(site.origin !== undefined && { origin: site.origin }),
    })),
  };
}

function proxyOptions(configuration: EdgeConfiguration): ReverseProxyOptions {
  const { limits } = configuration;
  return {
    ...proxyRoutes(configuration),
    visitorTimeout: limits.pauseTimeout,
    ...(limits.bodySize !== undefined && { maximumRequestBody: limits.bodySize }),
  };
}

function watchedCertificates({ channel, sites }: EdgeConfiguration): WatchedCertificate[] {
  const files = [
    channel.certificate,
    channel.ca,
    ...sites.flatMap(({ certificates }) => certificates.map(({ chain }) => chain)),
  ];
  return files.flatMap(({ path, certificates }) =>
    certificates.map((certificate) => ({ source: path, certificate })),
  );
}

function problemsOf(
  isDraining: boolean,
  keyServices: readonly KeyServerClientStatistics[],
  missingCertificates: readonly string[],
): EdgeProblem[] {
  const unavailable = keyServices.filter(({ keyServers }) => !keyServers.some(({ available }) => available));
  return [
    ...(isDraining ? [{ problem: 'draining' } as const] : []),
    ...unavailable.map(({ keyServers }) => {
      const names = keyServers.map(({ server }) => server).join(', ');
      return { problem: 'key_servers_unavailable', reason: `none of ${names} answers` } as const;
    }),
    ...missingCertificates.map((names) => {
      return { problem: 'certificate_missing', reason: `no key server has sent one for ${names}` } as const;
    }),
  ];
}

/** Visitors that may arrive at once; those beyond have to knock again, seconds later. The kernel may allow less. */
const BACKLOG = 4096;

// In milliseconds.
const CONTACT_TIMEOUT = 5000;
/** How long one that has been reached may take to send certificates. */
const CERTIFICATE_PATIENCE = 1000;

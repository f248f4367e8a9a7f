import {
  certificateLabels,
  type CollectedMetric,
  countSamples,
  expiryOf,
  histogramSamples,
  type Sample,
  type WatchedCertificate,
} from '@latchkey/admin';
import type { KeyServerClientStatistics } from '@latchkey/client';
import type { EdgeStatistics } from '@latchkey/edge';
import type { ReloadCounts } from './configuration-watch.js';

/** What the metrics of an edge are read from, each time that somebody asks for them. */
export interface EdgeMetricSources {
  readonly statistics: () => EdgeStatistics;
  /** For each set of key servers that sites have. */
  readonly keyServers: () => readonly KeyServerClientStatistics[];
  readonly reloads: () => ReloadCounts;
  /** Those of the sites, and of the channel. */
  readonly certificates: () => readonly WatchedCertificate[];
}

export function edgeMetrics(sources: EdgeMetricSources): CollectedMetric[] {
  return [
    ...visitorMetrics(sources),
    ...keyServerMetrics(sources),
    reloadMetric(sources),
    certificateMetric(sources),
  ];
}

function visitorMetrics({ statistics }: EdgeMetricSources): CollectedMetric[] {
  return [
    {
      name: 'latchkey_edge_handshakes_failed_total',
      help: 'Handshakes that failed, by the code of the reason.',
      type: 'counter',
      collect: () => countSamples('code', statistics().failedHandshakes as Record<string, number>),
    },
    counter(
      'latchkey_edge_handshakes_delegated_total',
      'Of the full handshakes, those with a delegated credential: without an operation.',
      () => statistics().delegatedHandshakes,
    ),
    counter(
      'latchkey_edge_connections_refused_total',
      'Connections that were closed at once because too many handshakes were under way.',
      () => statistics().refusedConnections,
    ),
    {
      name: 'latchkey_edge_operations_total',
      help: 'Operations that handshakes have asked of key servers.',
      type: 'counter',
      collect: () => countSamples('operation', statistics().operations),
    },
    {
      name: 'latchkey_edge_resumption_store_failures_total',
      help: 'How often Redis could not be used, by what for; it costs resumption at other edges, never a handshake.',
      type: 'counter',
      collect: () => {
        const { shareTicketKeys, findSession, keepSession } = statistics().resumptionStoreFailures;
        const counts = {
          share_ticket_keys: shareTicketKeys,
          find_session: findSession,
          keep_session: keepSession,
        };
        return countSamples('for', counts);
      },
    },
    gauge('latchkey_edge_handshakes_pending', 'Handshakes under way.', () => statistics().pendingHandshakes),
    gauge(
      'latchkey_edge_operations_pending',
      'Operations of handshakes under way that key servers have not answered.',
      () => statistics().pendingOperations,
    ),
    gauge(
      'latchkey_edge_connections',
      'Visitors whose handshake is complete.',
      () => statistics().openConnections,
    ),
  ];
}

function keyServerMetrics({ keyServers }: EdgeMetricSources): CollectedMetric[] {
  const each = function* (samples: (server: KeyServer) => Iterable<Sample>): Generator<Sample> {
    for (const service of keyServers()) for (const server of service.keyServers) yield* samples(server);
  };
  const sum = (value: (service: KeyServerClientStatistics) => number): number =>
    keyServers().reduce((total, service) => total + value(service), 0);
  return [
    {
      name: 'latchkey_edge_key_server_operation_seconds',
      help: 'Time from sending an operation to its answer, as the edge sees it.',
      type: 'histogram',
      collect: () =>
        each(({ server, latency }) =>
          histogramSamples('latchkey_edge_key_server_operation_seconds', latency, { server }),
        ),
    },
    {
      name: 'latchkey_edge_key_server_in_flight',
      help: 'Operations that a key server has not answered.',
      type: 'gauge',
      collect: () => each(({ server, inFlight }) => [{ labels: { server }, value: inFlight }]),
    },
    {
      name: 'latchkey_edge_key_server_available',
      help: 'Processes of the edge that send operations to a key server.',
      type: 'gauge',
      collect: () => each(({ server, available }) => [{ labels: { server }, value: available ? 1 : 0 }]),
    },
    {
      name: 'latchkey_edge_key_server_ejections_total',
      help: 'How often a key server was left alone because it failed or did not answer.',
      type: 'counter',
      collect: () => each(({ server, ejections }) => [{ labels: { server }, value: ejections }]),
    },
    counter(
      'latchkey_edge_hedges_total',
      'Operations that were sent to a second key server because the first took long.',
      () => sum(({ operations }) => operations.hedged),
    ),
    counter(
      'latchkey_edge_hedges_won_total',
      'Of those, the ones that the second key server answered first.',
      () => sum(({ operations }) => operations.hedgesWon),
    ),
    counter(
      'latchkey_edge_operations_failed_over_total',
      'Operations that were sent again because a connection broke, or a key server failed.',
      () => sum(({ operations }) => operations.failedOver),
    ),
    gauge('latchkey_edge_operations_waiting', 'Operations that wait for a connection to a key server.', () =>
      sum(({ operations }) => operations.waiting),
    ),
  ];
}

type KeyServer = KeyServerClientStatistics['keyServers'][number];

function reloadMetric({ reloads }: EdgeMetricSources): CollectedMetric {
  return {
    name: 'latchkey_edge_reloads_total',
    help: 'How often configuration and files were read again; where that failed, all stayed as it was.',
    type: 'counter',
    // All processes read the same.
    aggregator: 'max',
    collect: () => countSamples('result', { ...reloads() }),
  };
}

function certificateMetric({ certificates }: EdgeMetricSources): CollectedMetric {
  return {
    name: 'certificate_expiration_timestamp_seconds',
    help: 'When the certificates of sites and channel expire, in seconds since 1970.',
    type: 'gauge',
    // All processes have the same.
    aggregator: 'max',
    collect: function* () {
      for (const watched of certificates())
        yield { labels: certificateLabels(watched), value: expiryOf(watched) };
    },
  };
}

function counter(name: string, help: string, value: () => number): CollectedMetric {
  return { name, help, type: 'counter', collect: () => [{ value: value() }] };
}

function gauge(name: string, help: string, value: () => number): CollectedMetric {
  return { name, help, type: 'gauge', collect: () => [{ value: value() }] };
}

import { performance } from 'node:perf_hooks';
import {
  certificateLabels,
  type CollectedMetric,
  countSamples,
  expiryOf,
  histogramSamples,
  processMetrics,
  register,
  type Sample,
} from '@latchkey/admin';
import { Registry } from 'prom-client';
import type { KeyServerStatistics } from '../statistics.js';
import { fieldMetrics } from './field-metrics.js';
import type { MetricSources } from './metric-sources.js';
import type { OperationRecorder, TypeDurations } from './operation-recorder.js';

/** Writes the metrics of a key server in the text format of Prometheus, version 0.0.4. */
export class ServerMetrics {
  readonly #registry = new Registry();

  constructor(sources: MetricSources) {
    for (const metric of keyServerMetrics(sources)) register(this.#registry, metric);
  }

  async write(): Promise<string> {
    return `${await this.#registry.metrics()}\n${await processMetrics().metrics()}`;
  }
}

/** The metrics of one process of a key server. */
export function keyServerMetrics(sources: MetricSources): CollectedMetric[] {
  return [...fieldMetrics(sources), ...ownMetrics(sources)];
}

function ownMetrics({ statistics, operations, batches, certificates }: MetricSources): CollectedMetric[] {
  return [
    {
      name: 'latchkey_operations_total',
      help: 'Requests that were answered, by operation and by whether it was performed.',
      type: 'counter',
      collect: function* () {
        for (const [operation, counts] of Object.entries(statistics().operations)) {
          for (const [result, value] of Object.entries(counts))
            yield { labels: { operation, result }, value };
        }
      },
    },
    phase(
      operations,
      'waiting',
      'latchkey_operation_waiting_seconds',
      'Time from the arrival of a request to when a worker or key store began it.',
    ),
    phase(
      operations,
      'computing',
      'latchkey_operation_computing_seconds',
      'Time that the batch took which an operation was part of.',
    ),
    phase(
      operations,
      'writing',
      'latchkey_operation_writing_seconds',
      'Time from when an answer was ready to when it was handed to the socket.',
    ),
    phase(
      operations,
      'total',
      'latchkey_operation_duration_seconds',
      'Time from the arrival of a request to when its answer was handed to the socket.',
    ),
    {
      name: 'latchkey_policy_denials_total',
      help: 'Requests that the policy refused, by its reason.',
      type: 'counter',
      collect: () => countSamples('reason', statistics().denials),
    },
    {
      name: 'latchkey_in_flight',
      help: 'Requests with a private-key operation that wait for their answer.',
      type: 'gauge',
      collect: () => [{ value: statistics().inFlight }],
    },
    {
      name: 'latchkey_queue_length',
      help: 'Operations that nobody has begun, by the lane in which they wait.',
      type: 'gauge',
      collect: function* () {
        for (const { lane, queued } of statistics().lanes) yield { labels: { lane }, value: queued };
      },
    },
    {
      name: 'latchkey_batch_size',
      help: 'Operations that were performed at once, by a worker or by the thread that moves the bytes.',
      type: 'histogram',
      collect: () => histogramSamples('latchkey_batch_size', batches.sizes.snapshot()),
    },
    {
      name: 'latchkey_workers',
      help: 'Threads that perform private-key operations.',
      type: 'gauge',
      collect: () => [{ value: statistics().workers }],
    },
    {
      name: 'latchkey_worker_busy_seconds_total',
      help: 'Time that all workers together were busy; its rate divided by latchkey_workers is their utilisation.',
      type: 'counter',
      collect: () => [{ value: batches.busySeconds }],
    },
    {
      name: 'latchkey_event_loop_active_seconds_total',
      help: 'Time that the thread which moves the bytes was busy; its rate is its utilisation.',
      type: 'counter',
      collect: () => [{ value: performance.eventLoopUtilization().active / 1000 }],
    },
    {
      name: 'latchkey_connections',
      help: 'Edges that are connected.',
      type: 'gauge',
      collect: () => [{ value: statistics().connections.open }],
    },
    {
      name: 'latchkey_connections_accepted_total',
      help: 'Edges that were let in.',
      type: 'counter',
      collect: () => [{ value: statistics().connections.accepted }],
    },
    {
      name: 'latchkey_connections_refused_total',
      help: 'Connections that were not let in, by the reason.',
      type: 'counter',
      collect: () => countSamples('reason', statistics().connections.refused),
    },
    {
      name: 'latchkey_connections_pauses_total',
      help: 'How often nobody was let in for a moment, as too many had come; they waited.',
      type: 'counter',
      collect: () => [{ value: statistics().connections.pauses }],
    },
    {
      name: 'latchkey_keys',
      help: 'Private keys that are served.',
      type: 'gauge',
      aggregator: 'max',
      collect: () => [{ value: statistics().keys }],
    },
    {
      name: 'latchkey_reloads_total',
      help: 'How often keys, certificates and policy were loaded again; where that failed, all stayed as it was.',
      type: 'counter',
      aggregator: 'max',
      collect: function* () {
        for (const [result, value] of Object.entries(statistics().reloads))
          yield { labels: { result }, value };
      },
    },
    {
      name: 'latchkey_audit_log_healthy',
      help: '1 while the audit log can be written, 0 while it cannot.',
      type: 'gauge',
      aggregator: 'min',
      collect: () => auditSamples(statistics(), ({ healthy }) => (healthy ? 1 : 0)),
    },
    {
      name: 'latchkey_audit_log_buffered_bytes',
      help: 'What of the audit log is not on the disk yet.',
      type: 'gauge',
      collect: () => auditSamples(statistics(), ({ bufferedLength }) => bufferedLength),
    },
    {
      name: 'certificate_expiration_timestamp_seconds',
      help: 'When the certificates of the channel expire, in seconds since 1970.',
      type: 'gauge',
      aggregator: 'max',
      collect: function* () {
        for (const watched of certificates())
          yield { labels: certificateLabels(watched), value: expiryOf(watched) };
      },
    },
  ];
}

/** Nothing where no audit log is kept. */
function auditSamples(
  { auditLog }: KeyServerStatistics,
  valueOf: (log: NonNullable<KeyServerStatistics['auditLog']>) => number,
): Sample[] {
  return auditLog === undefined ? [] : [{ value: valueOf(auditLog) }];
}

function phase(
  operations: OperationRecorder,
  key: keyof TypeDurations,
  name: string,
  help: string,
): CollectedMetric {
  return {
    name,
    help,
    type: 'histogram',
    collect: function* () {
      for (const [type, durations] of operations.byType)
        yield* histogramSamples(name, durations[key].snapshot(), { type });
    },
  };
}

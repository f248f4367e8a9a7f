import { performance } from 'node:perf_hooks';
import { type CollectedMetric, countSamples, histogramSamples, summarySamples } from '@latchkey/admin';
import type { DoublingHistogram } from '@latchkey/metrics';
import type { KeyServerStatistics } from '../statistics.js';
import { errorLabelOf, isSignature, opcodeLabelOf } from './field-labels.js';
import type { MetricSources } from './metric-sources.js';
import type { OperationRecorder, OutcomeDurations } from './operation-recorder.js';

/**
 * The metrics that the field's dashboards and the product's documentation use: docs/protocol/kssl1.md, "What operators
 * already have". Names and labels are theirs.
 */
export function fieldMetrics({ statistics, operations, keyLoads }: MetricSources): CollectedMetric[] {
  return [
    {
      name: 'keyless_requests',
      help: 'Requests by opcode.',
      type: 'untyped',
      collect: () => countSamples('opcode', countByOpcode(statistics().operations)),
    },
    outcomes(
      operations,
      'keyless_request_exec_duration_per_opcode',
      'Time to execute a request, without time in queues, by type and error.',
      ({ execution }) => execution,
    ),
    outcomes(
      operations,
      'keyless_request_total_duration_per_opcode',
      'Time to satisfy a request, with time in queues, by type and error.',
      ({ total }) => total,
    ),
    {
      name: 'keyless_key_load_duration',
      help: 'Time to load all keys, at the start and at each reload.',
      type: 'histogram',
      collect: () => histogramSamples('keyless_key_load_duration', keyLoads.snapshot()),
    },
    {
      name: 'keyless_failed_connection',
      help: 'Connections of edges that broke.',
      type: 'untyped',
      collect: () => [{ value: statistics().connections.broken }],
    },
    {
      name: 'keyless_sign_requests_total',
      help: 'Requests to sign.',
      type: 'counter',
      collect: () => [{ value: countSignRequests(statistics().operations) }],
    },
    {
      name: 'keyless_sign_request_duration_seconds',
      help: 'Time to satisfy a request to sign, with time in queues; quantiles of the last minute.',
      type: 'summary',
      collect: () =>
        summarySamples(
          'keyless_sign_request_duration_seconds',
          QUANTILES,
          operations.signatures.quantiles(QUANTILES, performance.now()),
          operations.signatureTotals,
        ),
    },
  ];
}

const QUANTILES = [0.5, 0.9, 0.99, 0.999];

/** Several operations of ours may be one opcode. */
function countByOpcode(operations: KeyServerStatistics['operations']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, { succeeded, failed }] of Object.entries(operations)) {
    const opcode = opcodeLabelOf(name);
    counts[opcode] = (counts[opcode] ?? 0) + succeeded + failed;
  }
  return counts;
}

function countSignRequests(operations: KeyServerStatistics['operations']): number {
  return Object.entries(operations)
    .filter(([name]) => isSignature(name))
    .reduce((sum, [, { succeeded, failed }]) => sum + succeeded + failed, 0);
}

function outcomes(
  operations: OperationRecorder,
  name: string,
  help: string,
  histogramOf: (outcome: OutcomeDurations) => DoublingHistogram,
): CollectedMetric {
  return {
    name,
    help,
    type: 'histogram',
    collect: function* () {
      for (const outcome of operations.outcomes) {
        const labels = { type: outcome.type, error: errorLabelOf(outcome.error) };
        yield* histogramSamples(name, histogramOf(outcome).snapshot(), labels);
      }
    },
  };
}

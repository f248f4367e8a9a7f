import { AggregatorRegistry } from 'prom-client';
import type { CollectedMetric, MetricType, Sample } from './collected-metric.js';
import { processMetrics } from './process-metrics.js';

/** A metric and its values at one moment: plain data, which one process can send to another. */
export interface MetricValues {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly aggregator: string;
  readonly values: readonly Sample[];
}

/** The values of metrics, and of those that every process has. */
export async function collectMetrics(metrics: readonly CollectedMetric[]): Promise<MetricValues[]> {
  const ofProcess = (await processMetrics().getMetricsAsJSON()) as unknown as MetricValues[];
  const collected = metrics.map(({ name, help, type, aggregator = 'sum', collect }) => ({
    name,
    help,
    type,
    aggregator,
    values: Array.from(collect(), (sample) => ({ labels: {}, ...sample })),
  }));
  return [...collected, ...ofProcess];
}

/** Writes the metrics of several processes as one, in the text format of Prometheus, version 0.0.4. */
export async function writeMetrics(ofProcesses: readonly (readonly MetricValues[])[]): Promise<string> {
  return AggregatorRegistry.aggregate([...ofProcesses]).metrics();
}

/** Of what {@link writeMetrics} writes. */
export const METRICS_CONTENT_TYPE = AggregatorRegistry.PROMETHEUS_CONTENT_TYPE;

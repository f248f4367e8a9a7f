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

/**
 * Writes the metrics of several processes as one: values are added up unless the metric says otherwise, and of a summary's
 * quantiles, which cannot be, the longest stands for all. In the text format of Prometheus, version 0.0.4.
 */
export async function writeMetrics(ofProcesses: readonly (readonly MetricValues[])[]): Promise<string> {
  return AggregatorRegistry.aggregate(withLongestQuantiles(ofProcesses)).metrics();
}

/** Of what {@link writeMetrics} writes. */
export const METRICS_CONTENT_TYPE = AggregatorRegistry.PROMETHEUS_CONTENT_TYPE;

/** Leaves each quantile with one of the processes: added up, it is what it is. */
function withLongestQuantiles(ofProcesses: readonly (readonly MetricValues[])[]): MetricValues[][] {
  const longest = new Map<string, number>();
  const summaries = ofProcesses.flat().filter(({ type }) => type === 'summary');
  for (const { name, values } of summaries) {
    for (const sample of values.filter(isQuantile)) {
      const known = longest.get(keyOf(name, sample)) ?? Number.NaN;
      // A process that has had nothing to time says NaN.
      const isLonger = Number.isNaN(known) || sample.value > known;
      longest.set(keyOf(name, sample), isLonger ? sample.value : known);
    }
  }
  const takeLongest = (name: string, sample: Sample): Sample[] => {
    const value = longest.get(keyOf(name, sample));
    longest.delete(keyOf(name, sample));
    return value === undefined ? [] : [{ ...sample, value }];
  };
  return ofProcesses.map((metrics) =>
    metrics.map((metric) => ({
      ...metric,
      values: metric.values.flatMap((sample) =>
        metric.type === 'summary' && isQuantile(sample) ? takeLongest(metric.name, sample) : [sample],
      ),
    })),
  );
}

function isQuantile({ labels }: Sample): boolean {
  return labels?.['quantile'] !== undefined;
}

function keyOf(name: string, { labels }: Sample): string {
  return `${name} ${JSON.stringify(labels)}`;
}

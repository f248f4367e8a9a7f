import type { DurationQuantiles, HistogramSnapshot } from '@latchkey/metrics';
import type { Metric, Registry } from 'prom-client';

/**
 * The types of the Prometheus exposition format. `untyped` is for counters whose names, which are the field's, lack the
 * suffix `_total` that a counter must have: queries are the same.
 */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped';

/** One line of a metric. */
export interface Sample {
  /** Where it is not the metric's: with `_bucket`, `_sum` or `_count` after it. */
  readonly metricName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric whose values are read when somebody asks for them. */
export interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** How the values of several processes make one. Default: their sum. */
  readonly aggregator?: 'sum' | 'max' | 'min';
  readonly collect: () => Iterable<Sample>;
}

/** Adds a metric to a registry. */
export function register(registry: Registry, { name, help, type, collect }: CollectedMetric): void {
  const metric = { name, get: () => Promise.resolve({ name, help, type, values: [...collect()] }) };
  // That is all of a metric that a registry uses to write it.
  registry.registerMetric(metric as unknown as Metric);
}

/** The lines of a histogram. */
export function* histogramSamples(
  name: string,
  { buckets, count, sum }: HistogramSnapshot,
  labels: Readonly<Record<string, string>> = {},
): Generator<Sample> {
  for (const { bound, count: value } of buckets)
    yield { metricName: `${name}_bucket`, labels: { ...labels, le: String(bound) }, value };
  yield { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count };
  yield { metricName: `${name}_sum`, labels, value: sum };
  yield { metricName: `${name}_count`, labels, value: count };
}

/** The lines of a summary: `quantiles` are those of `recent`, the totals since the start. */
export function* summarySamples(
  name: string,
  quantiles: readonly number[],
  recent: DurationQuantiles,
  totals: { readonly count: number; readonly seconds: number },
): Generator<Sample> {
  for (const [index, quantile] of quantiles.entries())
    yield { labels: { quantile: String(quantile) }, value: recent.seconds[index] ?? Number.NaN };
  yield { metricName: `${name}_sum`, value: totals.seconds };
  yield { metricName: `${name}_count`, value: totals.count };
}

/** One line for each entry of a record, with its key as a label. */
export function* countSamples(label: string, counts: Readonly<Record<string, number>>): Generator<Sample> {
  for (const [key, value] of Object.entries(counts)) yield { labels: { [label]: key }, value };
}

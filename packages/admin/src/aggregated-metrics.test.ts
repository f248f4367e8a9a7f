import { expect, it } from 'vitest';
import { type MetricValues, writeMetrics } from './aggregated-metrics.js';

function summary(p50: number, count: number): MetricValues {
  return {
    name: 'duration_seconds',
    help: 'Time.',
    type: 'summary',
    aggregator: 'sum',
    values: [
      { labels: { quantile: '0.5' }, value: p50 },
      { metricName: 'duration_seconds_count', labels: {}, value: count },
    ],
  };
}

it('adds the counts of processes, and shows of their quantiles the longest', async () => {
  const text = await writeMetrics([[summary(0.25, 3)], [summary(Number.NaN, 0)], [summary(0.5, 4)]]);
  expect(text).toContain('duration_seconds{quantile="0.5"} 0.5\n');
  expect(text).toContain('duration_seconds_count 7\n');
});

it('takes the largest or smallest of values that are not to be added', async () => {
  const values = [{ labels: {}, value: 1 }];
  const gauge = (aggregator: string, value: number): MetricValues => ({
    name: `a_${aggregator}`,
    help: 'Some.',
    type: 'gauge',
    aggregator,
    values: values.map((sample) => ({ ...sample, value })),
  });
  const text = await writeMetrics([
    [gauge('max', 1), gauge('min', 1)],
    [gauge('max', 2), gauge('min', 2)],
  ]);
  expect(text).toContain('a_max 2\n');
  expect(text).toContain('a_min 1\n');
});

import { LatencyHistogram } from '@latchkey/load';
import { expect, it } from 'vitest';
import type { ComparedSlice, Outcome } from './prediction.js';
import { formatComparisons } from './table.js';

function outcome(busy: number, ...milliseconds: readonly number[]): Outcome {
  const latencies = new LatencyHistogram();
  for (const each of milliseconds) latencies.record(each);
  return { latencies, busy };
}

it('percentiles are of all slices together: what is slow in one of them counts for what it is', () => {
  const quick = Array.from({ length: 99 }, () => 1);
  // In one slice of four, one operation in ten takes long: one in forty of all.
  const measured = [quick, quick, quick, [...quick.slice(0, 90), ...Array.from({ length: 10 }, () => 40)]];
  const slices = measured.map((latencies): ComparedSlice => ({
    slice: {
      asked: { rate: 500, seconds: 2, warmUpSeconds: 0.4, seed: 1 },
      served: {
        latencies: '',
        requests: 1000,
        busy: 0.6,
        pauses: { server: [], edges: [] },
        speeds: [],
        collections: [],
        away: 0.02,
        metering: 0.1,
        edgeWork: 20,
        latenessP99: 0.1,
      },
    },
    measured: outcome(0.6, ...latencies),
    predicted: outcome(0.6, ...latencies.map((each) => each / 2)),
    foretold: outcome(0.5, ...quick),
  }));
  const [, , row = ''] = formatComparisons([{ keyType: 'p-256', load: 0.6, slices }]).split('\n');
  const [key, load, rate, foretoldBusy, measuredBusy, , , foretold, predicted, found, ratio, foretoldRatio] =
    row
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
  expect([key, load, rate]).toEqual(['p-256', '60 %', '500']);
  expect([foretoldBusy, measuredBusy]).toEqual(['50.0 (50.0..50.0)', '60.0 (60.0..60.0)']);
  // Thirds: the first and the last slice, and the two between them.
  expect(found).toBe('40.0 (1.00..40.0)');
  expect(predicted).toBe('20.0 (0.500..20.0)');
  expect(foretold).toBe('1.00 (1.00..1.00)');
  expect(ratio).toBe('0.500 (0.500..0.500)');
  expect(foretoldRatio).toBe('0.0250 (0.0250..1.00)');
});

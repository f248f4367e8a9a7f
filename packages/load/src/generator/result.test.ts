import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../histogram.js';
import type { IntervalReport } from './collector.js';
import type { Findings } from './messages.js';
import type { GeneratorOrder } from './order.js';
import { resultOf } from './result.js';

const order: GeneratorOrder = {
  work: { type: 'requests', url: 'http://site.localhost', connections: 1 },
  pace: { type: 'open_loop', rate: 100, arrivals: 'constant' },
  seconds: 10,
  warmUpSeconds: 0,
  seed: 1,
};

function text(...milliseconds: readonly number[]): string {
  const histogram = new LatencyHistogram();
  for (const each of milliseconds) histogram.record(each);
  return histogram.toString();
}

function findings(more: Partial<Findings> = {}): Findings {
  return {
    latencies: { GET: text(10, 20) },
    phases: {},
    lateness: text(0.1),
    failures: {},
    due: 1000,
    answered: 990,
    total: 1000,
    verified: 1,
    protocol: 'HTTP/1.1',
    cpu: { user: 600, system: 400, spinning: 0 },
    beganAt: 5000,
    collections: [],
    wall: 10_000,
    ...more,
  };
}

function interval(more: Partial<IntervalReport>): IntervalReport {
  return { at: 0.5, seconds: 0.5, performed: 5, failed: 0, latencies: text(1), ...more };
}

describe('resultOf', () => {
  it('began with the first of its processes', () => {
    const { generator } = resultOf(order, [findings(), findings({ beganAt: 4998.5 })], []);
    expect(generator.beganAt).toBe(4998.5);
  });

  it('puts processes together', () => {
    const one = findings({ failures: { reset: 2 }, latencies: { GET: text(1), ping: text(3) } });
    const other = findings({ failures: { reset: 1, refused: 4 } });
    const result = resultOf(order, [one, other], [[interval({})], [interval({ performed: 10, failed: 2 })]]);
    expect(result).toMatchObject({
      rate: 198,
      performed: 4,
      failures: { reset: 3, refused: 4 },
      failed: 7,
      verified: 2,
      total: 2000,
      kinds: { GET: { count: 3 }, ping: { count: 1 } },
      timeline: [{ at: 0.5, rate: 30, failed: 2 }],
      generator: { processes: 2, busy: 0.1, cpuPerRequest: 1000 },
    });
    expect(result.latency.maximum).toBeCloseTo(20, 1);
    expect(result.generator).not.toHaveProperty('bottleneck');
  });

  it.each<[string, Partial<Findings>, RegExp]>([
    ['had no time left', { cpu: { user: 9000, system: 500, spinning: 0 } }, /busy for 95 %/],
    ['was late itself', { lateness: text(15) }, /late itself: 1 % .* more than 15\.0 ms/],
    ['sent too little', { due: 700 }, /of 1000 requests that were due the generator sent 700/],
  ])('says so when the generator %s', (_what, more, reason) => {
    expect(resultOf(order, [findings(more)], [[]]).generator.bottleneck).toMatch(reason);
  });

  it('does not call a generator busy that was awake to be in time', () => {
    const cpu = { user: 9000, system: 900, spinning: 9000 };
    const { generator } = resultOf(order, [findings({ cpu })], [[]]);
    expect(generator).toMatchObject({ busy: 0.09 });
    expect(generator).not.toHaveProperty('bottleneck');
  });

  it('looks at the busiest of several processes', () => {
    const busy = findings({ cpu: { user: 9500, system: 0, spinning: 0 } });
    expect(resultOf(order, [findings(), busy], [[], []]).generator.bottleneck).toContain('95 %');
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyType } from '../service-times.js';
import { simulate } from '../simulation/simulation.js';
import { SERVICE_TIMES } from '../test-support/machines.js';
import { predictKeyServer } from './key-server.js';

function machine(processors: number) {
  return { times: SERVICE_TIMES, processors, workers: processors };
}

describe('a predicted key server', () => {
  it.each([
    ['p-256', 10_000, 1],
    ['p-256', 25_000, 1],
    ['rsa-2048', 1000, 1],
    ['rsa-2048', 2500, 1],
    ['rsa-2048', 8000, 4],
    ['rsa-4096', 150, 1],
  ] as const)(
    'is as busy with %s %i times a second on %i processors as the simulated one',
    (keyType, rate, processors) => {
      const { utilisation } = predictKeyServer(machine(processors), { [keyType]: rate });
      const simulated = simulate({
        edges: [{ edges: 100, operations: { [keyType]: rate }, roundTrip: 0, keyServers: 0 }],
        keyServers: [{ machine: machine(processors), count: 1 }],
        seconds: 5,
        seed: 1,
      });
      expect(utilisation / simulated.utilisation[0]!).toBeGreaterThan(0.85);
      expect(utilisation / simulated.utilisation[0]!).toBeLessThan(1.2);
    },
  );

  it.each([
    ['rsa-2048', 2000, 1],
    ['rsa-2048', 8000, 4],
    ['p-256', 30_000, 1],
  ] as const)(
    '%s, %i a second on %i processors: its p99 is of the size of the simulated one',
    (keyType, rate, processors) => {
      const lane = SERVICE_TIMES.operations[keyType]!.lane;
      const predicted = predictKeyServer(machine(processors), { [keyType]: rate }).p99(lane);
      const simulated = simulate({
        edges: [{ edges: 100, operations: { [keyType]: rate }, roundTrip: 0, keyServers: 0 }],
        keyServers: [{ machine: machine(processors), count: 1 }],
        seconds: 10,
        seed: 1,
      });
      const p99 = simulated.groups[0]![0]!.latencies.percentile(99);
      expect(predicted / p99).toBeGreaterThan(0.5);
      expect(predicted / p99).toBeLessThan(2);
    },
  );

  it('does not keep up with more than its processors can do', () => {
    const server = predictKeyServer(machine(2), { 'rsa-2048': 7000 });
    expect(server.keepsUp).toBe(false);
    expect(server.p99('short')).toBe(Infinity);
    expect(predictKeyServer(machine(2), { 'rsa-2048': 5000 }).keepsUp).toBe(true);
  });

  it('has less of its processors where the machine stands still now and then', () => {
    const paused = { ...SERVICE_TIMES, pauses: { perSecond: 10, microseconds: [20_000] } };
    const demand = { 'rsa-2048': 1000 };
    expect(predictKeyServer({ times: paused, processors: 1, workers: 1 }, demand).utilisation).toBeCloseTo(
      predictKeyServer(machine(1), demand).utilisation / 0.8,
      1,
    );
  });

  it('is the busier the more is asked of it, whatever the mix', () => {
    const rates = fc.record({
      'p-256': fc.double({ min: 1, max: 20_000, noNaN: true }),
      'rsa-2048': fc.double({ min: 1, max: 2000, noNaN: true }),
      'rsa-4096': fc.double({ min: 1, max: 100, noNaN: true }),
    } satisfies Partial<Record<KeyType, unknown>>);
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 16 }), (demand, processors) => {
        const more = { ...demand, 'rsa-2048': demand['rsa-2048'] * 1.5 };
        const less = predictKeyServer(machine(processors), demand);
        expect(predictKeyServer(machine(processors), more).utilisation).toBeGreaterThan(
          less.utilisation * 0.98,
        );
        expect(less.p99('long')).toBeGreaterThanOrEqual(less.p99('inline'));
      }),
    );
  });
});

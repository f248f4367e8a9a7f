import { describe, expect, it } from 'vitest';
import type { ServiceTimes } from '../service-times.js';
import { type KeyServerGroup, type SimulationOptions, simulate } from './simulation.js';

const TIMES: ServiceTimes = {
  turn: 10,
  wake: 0,
  request: 1,
  handover: 30,
  floor: 100,
  hop: 50,
  operations: {
    'p-256': { lane: 'inline', batches: [{ size: 1, microseconds: 20 }] },
    'rsa-2048': { lane: 'short', batches: [{ size: 1, microseconds: 300 }] },
    'rsa-4096': { lane: 'long', batches: [{ size: 1, microseconds: 4000 }] },
    // Eight take as long as one, as with crypto_mb.
    'p-384': {
      lane: 'short',
      batches: [
        { size: 1, microseconds: 800 },
        { size: 8, microseconds: 800 },
      ],
    },
  },
};

function options(change: Partial<SimulationOptions> & { times?: Partial<ServiceTimes> }): SimulationOptions {
  const { times, ...rest } = change;
  return {
    edges: [{ edges: 4, operations: { 'p-256': 10_000 }, roundTrip: 0, keyServers: 0 }],
    keyServers: [{ machine: { times: { ...TIMES, ...times }, processors: 1, workers: 1 }, count: 1 }],
    seconds: 2,
    seed: 1,
    ...rest,
  };
}

function asked(
  operations: SimulationOptions['edges'][number]['operations'],
  change: Parameters<typeof options>[0] = {},
) {
  return simulate(options({ edges: [{ edges: 4, operations, roundTrip: 0, keyServers: 0 }], ...change }));
}

function latenciesOf(result: ReturnType<typeof simulate>, keyType: string) {
  const found = result.groups[0]?.find((one) => one.keyType === keyType);
  if (found === undefined) throw new Error(`no ${keyType} was answered`);
  return found.latencies;
}

describe('a simulated key server', () => {
  it('adds nothing to a lone operation but what is known to be added', () => {
    const result = simulate(
      options({
        edges: [{ edges: 1, operations: { 'rsa-2048': 1 }, roundTrip: 5000, keyServers: 0 }],
        seconds: 100,
      }),
    );
    // Read in a turn, handed over, performed, written in another turn.
    const lone = (10 + 1 + 30 + 300 + 10 + 50 + 100 + 5000) / 1000;
    expect(latenciesOf(result, 'rsa-2048').percentile(50)).toBeCloseTo(lone, 1);
  });

  it('is as busy as what it is asked for costs', () => {
    const result = asked({ 'rsa-2048': 1000 });
    // A turn to read and a turn to write at most; less where operations share them.
    expect(result.utilisation[0]).toBeGreaterThan(0.3);
    expect(result.utilisation[0]).toBeLessThan(0.37);
  });

  it('answers as many as come, as long as it can', () => {
    const result = asked({ 'p-256': 20_000 });
    expect(result.operations / 2).toBeGreaterThan(19_500);
    expect(result.operations / 2).toBeLessThan(20_500);
    expect(result.unanswered).toBeLessThan(200);
  });

  it('falls behind where more comes than it can do', () => {
    const result = asked({ 'rsa-2048': 5000 });
    expect(result.operations / 2).toBeLessThan(3400);
    expect(result.unanswered).toBeGreaterThan(2000);
    expect(result.utilisation[0]).toBeGreaterThan(0.99);
  });

  it('does more where a batch costs less than its operations one by one', () => {
    const result = asked({ 'p-384': 6000 });
    expect(result.unanswered).toBeLessThan(200);
    expect(asked({ 'rsa-2048': 6000 }).unanswered).toBeGreaterThan(1000);
  });

  it('lets cheap operations not wait behind dear ones when there is a processor for each', () => {
    const keyServers: readonly KeyServerGroup[] = [
      { machine: { times: TIMES, processors: 2, workers: 1 }, count: 1 },
    ];
    const result = asked({ 'p-256': 1000, 'rsa-4096': 200 }, { keyServers, seconds: 10 });
    expect(latenciesOf(result, 'p-256').percentile(99)).toBeLessThan(0.3);
    expect(latenciesOf(result, 'rsa-4096').percentile(99)).toBeGreaterThan(8);
  });

  it('keeps edges waiting longer the busier it is, and less when there are more of its kind', () => {
    const p99 = (rate: number, count: number) =>
      latenciesOf(
        asked(
          { 'rsa-2048': rate },
          {
            keyServers: [{ machine: { times: TIMES, processors: 1, workers: 1 }, count }],
            seconds: 10,
          },
        ),
        'rsa-2048',
      ).percentile(99);
    expect(p99(2500, 1)).toBeGreaterThan(p99(1500, 1));
    expect(p99(2500, 1)).toBeGreaterThan(p99(2500, 2));
  });

  it('makes everybody wait while the machine stands still', () => {
    const pauses = { perSecond: 2, microseconds: [50_000] };
    const result = simulate(options({ times: { pauses }, seconds: 20 }));
    // A tenth of the time nothing happens.
    expect(latenciesOf(result, 'p-256').percentile(99)).toBeGreaterThan(20);
    expect(latenciesOf(result, 'p-256').percentile(50)).toBeLessThan(1);
    const edgesToo = simulate(options({ edgePauses: pauses, seconds: 20 }));
    expect(latenciesOf(edgesToo, 'p-256').percentile(99)).toBeGreaterThan(20);
  });

  it('counts those that are answered late, after the end, where somebody waits for them', () => {
    // It stands still until 100 ms after the end.
    const seen = (patienceSeconds: number) => {
      const { edges, keyServers, ...others } = options({ seconds: 1, warmUpSeconds: 0 });
      const paused = keyServers.map((group) => ({ ...group, pauses: [{ begin: 0.9e6, end: 1.1e6 }] }));
      return simulate({ edges, keyServers: paused, ...others, patienceSeconds });
    };
    const [impatient, patient, barely] = [seen(0), seen(10), seen(0.05)];
    expect(impatient.unanswered).toBeGreaterThan(500);
    expect(patient.unanswered).toBe(0);
    expect(patient.operations).toBe(impatient.operations + impatient.unanswered);
    expect(latenciesOf(patient, 'p-256').percentile(95)).toBeGreaterThan(100);
    expect(latenciesOf(impatient, 'p-256').percentile(95)).toBeLessThan(10);
    expect(barely.unanswered).toBe(impatient.unanswered);
    // How busy it is while operations come is another matter.
    expect(patient.utilisation).toEqual(impatient.utilisation);
  });

  it('makes those wait whose edge has work with others', () => {
    const p50 = (edgeWork: number) =>
      latenciesOf(asked({ 'p-256': 100 }, { edgeWork, seconds: 10 }), 'p-256').percentile(50);
    expect(p50(1000) - p50(0)).toBeGreaterThan(0.95);
    // It is busy for 95 % of the time.
    const busy = latenciesOf(asked({ 'p-256': 950 }, { edgeWork: 1000, seconds: 10 }), 'p-256');
    expect(busy.percentile(50)).toBeGreaterThan(4);
  });

  it('makes those wait who come while garbage is collected', () => {
    // Twenty times a second.
    const collections = { requests: 100, microseconds: [5000] };
    const result = asked({ 'p-256': 2000 }, { times: { collections }, seconds: 20 });
    // A tenth of the time nothing else happens.
    expect(result.utilisation[0]! - asked({ 'p-256': 2000 }).utilisation[0]!).toBeCloseTo(0.1, 1);
    expect(latenciesOf(result, 'p-256').percentile(99)).toBeGreaterThan(3);
    expect(latenciesOf(result, 'p-256').percentile(50)).toBeLessThan(1);
  });

  it('costs more where a processor has to wake up, and no more where it is busy anyhow', () => {
    const times = { wake: 200 };
    const p50 = (change: { readonly times?: Partial<ServiceTimes> }) =>
      latenciesOf(asked({ 'p-256': 100 }, { ...change, seconds: 10 }), 'p-256').percentile(50);
    expect(p50({ times }) - p50({})).toBeCloseTo(0.2, 2);
    // More than it can do: it never sleeps.
    const answered = (change: { readonly times?: Partial<ServiceTimes> }) =>
      asked({ 'p-256': 60_000 }, change).operations;
    expect(answered({ times }) / answered({})).toBeCloseTo(1, 2);
  });

  it('takes longer while its processor is slower', () => {
    const played = (change: Partial<KeyServerGroup>, operations = 1000) => {
      const machine = { times: TIMES, processors: 1, workers: 1 };
      return asked(
        { 'rsa-2048': operations },
        { keyServers: [{ machine, count: 1, ...change }], seconds: 10 },
      );
    };
    const half = played({ speeds: [{ at: 0, speed: 0.5 }] });
    expect(half.utilisation[0]! / played({}).utilisation[0]!).toBeCloseTo(2, 1);
    // For a second it can do less than what comes, and has to make up for it.
    const dip = played(
      {
        speeds: [
          { at: 3e6, speed: 0.5 },
          { at: 4e6, speed: 1 },
        ],
      },
      2000,
    );
    expect(latenciesOf(dip, 'rsa-2048').percentile(99)).toBeGreaterThan(150);
    expect(latenciesOf(played({}, 2000), 'rsa-2048').percentile(99)).toBeLessThan(5);
    expect(latenciesOf(dip, 'rsa-2048').percentile(50)).toBeLessThan(1);
  });

  it('does no more in a pause whatever its speed', () => {
    const machine = { times: TIMES, processors: 1, workers: 1 };
    const speeds = [{ at: 500_000, speed: 2 }];
    const pauses = [{ begin: 400_000, end: 900_000 }];
    const result = asked(
      { 'p-256': 1000 },
      { keyServers: [{ machine, count: 1, pauses, speeds }], seconds: 2 },
    );
    expect(latenciesOf(result, 'p-256').maximum).toBeGreaterThan(490);
  });

  it('is what its parts say, for operations that come when it is said: a queue of one server, reckoned by hand', () => {
    const due = Array.from({ length: 400 }, (_, index) => 10_000 * index + 100 * (index % 3));
    const machine = { times: { ...TIMES, turn: 0, request: 0, floor: 0 }, processors: 1, workers: 1 };
    const result = simulate({
      edges: [{ edges: 1, operations: { 'p-256': 1 }, arrivals: due, roundTrip: 0, keyServers: 0 }],
      keyServers: [{ machine, count: 1, speeds: [{ at: 0, speed: 0.01 }] }],
      seconds: 4,
      warmUpSeconds: 0,
      seed: 1,
    });
    // 20 us at a hundredth of the speed: nobody meets another.
    expect(result.operations).toBe(400);
    expect(latenciesOf(result, 'p-256').percentile(1)).toBeCloseTo(2, 1);
    expect(latenciesOf(result, 'p-256').maximum).toBeCloseTo(2, 1);
  });

  it('gives the same result with the same seed, and another with another', () => {
    const text = (seed: number) => String(latenciesOf(simulate(options({ seed })), 'p-256'));
    expect(text(7)).toBe(text(7));
    expect(text(7)).not.toBe(text(8));
  });

  it('spreads the operations of an edge over servers that are free', () => {
    const keyServers = [{ machine: { times: TIMES, processors: 1, workers: 1 }, count: 8 }];
    const result = asked({ 'rsa-2048': 12_000 }, { keyServers });
    expect(result.unanswered).toBeLessThan(300);
    expect(result.utilisation[0]).toBeLessThan(0.6);
  });

  it('cannot say anything about a key of which nothing was measured', () => {
    expect(() => asked({ ed25519: 1 }, { seconds: 100 })).toThrow('nothing is known of what ed25519 costs');
  });
});

import { describe, expect, it } from 'vitest';
import { makePlan } from './plan.js';
import { type Scenario, scenarioSchema } from './scenario.js';
import { SERVICE_TIMES } from './test-support/machines.js';

const SCENARIO = {
  target: { p99_ms: 60, utilisation: 0.6 },
  sites: [
    { name: 'bank', handshakes_per_second: 20_000, resumption: 0.5, keys: { 'p-256': 0.5, 'rsa-2048': 0.5 } },
  ],
  machines: [
    { name: 'small', processors: 2 },
    { name: 'large', processors: 8, cost: 6 },
  ],
  edges: [
    { region: 'europe', edges: 20, share: 2 },
    { region: 'america', edges: 10, share: 1 },
  ],
  key_servers: [{ region: 'frankfurt' }, { region: 'virginia' }],
  round_trips_ms: { europe: { frankfurt: 10, virginia: 45 }, america: { frankfurt: 45, virginia: 8 } },
  simulation: { seconds: 0.5 },
};

function scenario(change: object = {}): Scenario {
  return scenarioSchema.parse({ ...SCENARIO, ...change });
}

function plan(change: object = {}) {
  return makePlan(scenario(change), { small: SERVICE_TIMES, large: SERVICE_TIMES });
}

describe('a plan', () => {
  it('has enough key servers for every case: all there, each region lost, servers lost in each', () => {
    for (const { cases } of plan().sizings) {
      expect(cases.map(({ lostRegion }) => lostRegion)).toEqual([undefined, 'frankfurt', 'virginia']);
      for (const { edges, regions } of cases) {
        expect(edges.every(({ keepsTarget }) => keepsTarget)).toBe(true);
        for (const { utilisation } of regions) expect(utilisation).toBeLessThanOrEqual(0.6);
      }
    }
  });

  it('has not more than it takes: with one less in every region a case would miss the target', () => {
    const [sizing] = plan({ failures: { servers_lost: 0 } }).sizings;
    const fewer = sizing!.counts.map(({ region, count }) => ({ region, count: count - 1 }));
    const missed = plan({
      failures: { servers_lost: 0 },
      key_servers: fewer,
      machines: [{ name: sizing!.machine, processors: sizing!.machine === 'large' ? 8 : 2 }],
    });
    const regions = missed.sizings[0]!.cases.flatMap((one) => one.regions);
    expect(regions.some(({ utilisation, p99 }) => utilisation > 0.6 || p99 > 60)).toBe(true);
  });

  it('sends edges to the nearest region that is left', () => {
    const lost = plan().sizings[0]!.cases.find(({ lostRegion }) => lostRegion === 'virginia');
    expect(lost?.edges.map(({ uses }) => uses)).toEqual(['frankfurt', 'frankfurt']);
  });

  it('puts the cheapest kind of machine first', () => {
    const { sizings } = plan();
    expect(sizings[0]!.cost).toBeLessThanOrEqual(sizings[1]!.cost);
  });

  it('says where distance alone misses the target, and does not buy key servers against that', () => {
    const near = plan({ target: { p99_ms: 30, utilisation: 0.6 } });
    expect(near.sizings[0]!.caveats.join('\n')).toMatch(
      /without frankfurt, edges in europe use virginia, 45 ms away/,
    );
    expect(near.sizings[0]!.servers).toBeLessThan(2 * plan().sizings[0]!.servers);
  });

  it('keeps to the number of key servers where the scenario gives one', () => {
    const { sizings } = plan({
      key_servers: [
        { region: 'frankfurt', count: 3 },
        { region: 'virginia', count: 3 },
      ],
    });
    for (const { counts } of sizings) expect(counts.map(({ count }) => count)).toEqual([3, 3]);
  });

  it('says what ECDSA certificates and delegated credentials would save', () => {
    const sites = [{ ...SCENARIO.sites[0]!, delegated_credentials: 0.5, tls_1_2: 0 }];
    const [now, delegated, ecdsa, both] = plan({ sites }).savings;
    expect(now?.operations).toBeCloseTo(10_000, 6);
    expect(delegated?.operations).toBeCloseTo(7500, 6);
    expect(ecdsa?.operations).toBeCloseTo(10_000, 6);
    expect(both?.operations).toBeCloseTo(5000, 6);
    expect(ecdsa!.servers).toBeLessThan(now!.servers);
    expect(both!.servers).toBeLessThanOrEqual(ecdsa!.servers);
  });

  it('draws one key server up to what it can do: busier and slower with every step', () => {
    const { curve } = plan();
    expect(curve.length).toBeGreaterThan(5);
    for (const [index, point] of curve.slice(1).entries()) {
      expect(point.operations).toBeGreaterThan(curve[index]!.operations);
      expect(point.utilisation).toBeGreaterThanOrEqual(curve[index]!.utilisation);
    }
    expect(curve.at(-1)!.p99).toBeGreaterThan(curve[0]!.p99);
    expect(curve[0]!.simulated.map(({ keyType }) => keyType)).toEqual(['rsa-2048', 'p-256']);
  });

  it('tells how far it is, and never that it goes back', () => {
    const shares: number[] = [];
    makePlan(scenario(), { small: SERVICE_TIMES, large: SERVICE_TIMES }, (share) => shares.push(share));
    expect(shares.length).toBeGreaterThan(10);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });

  it('needs a calibration of each machine', () => {
    expect(() => makePlan(scenario(), { small: SERVICE_TIMES })).toThrow('there is no calibration of large');
  });
});

import { describe, expect, it } from 'vitest';
import { scenarioSchema } from './scenario.js';

const SCENARIO = {
  sites: [{ name: 'bank', handshakes_per_second: 100, keys: { 'p-256': 1 } }],
  machines: [{ name: 'm', processors: 2 }],
  edges: [{ region: 'europe', edges: 20, share: 1 }],
  key_servers: [{ region: 'frankfurt' }],
  round_trips_ms: { europe: { frankfurt: 10 } },
};

function problemsOf(change: object): string[] {
  const outcome = scenarioSchema.safeParse({ ...SCENARIO, ...change });
  return outcome.success
    ? []
    : outcome.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a scenario', () => {
  it('needs little more than sites, machines and places', () => {
    expect(problemsOf({})).toEqual([]);
    expect(scenarioSchema.parse(SCENARIO).target).toEqual({ p99_ms: 50, utilisation: 0.7 });
  });

  it.each([
    [
      'shares that do not add up',
      { sites: [{ ...SCENARIO.sites[0], keys: { 'p-256': 0.5 } }] },
      'sites.0.keys: must have shares that add up to 1',
    ],
    [
      'a key type that nobody knows',
      { sites: [{ ...SCENARIO.sites[0], keys: { dsa: 1 } }] },
      'which key type, of rsa-2048',
    ],
    [
      'a day of 23 hours',
      { sites: [{ ...SCENARIO.sites[0], day: Array(23).fill(1) }] },
      'sites.0.day: must be 24 numbers',
    ],
    [
      'a distance that is not given',
      { key_servers: [{ region: 'frankfurt' }, { region: 'oslo' }] },
      'edges.0: round_trips_ms does not say how far it is from europe to oslo',
    ],
    [
      'a region twice',
      { edges: [SCENARIO.edges[0], SCENARIO.edges[0]] },
      'edges.1: names europe a second time',
    ],
    ['no sites', { sites: [] }, 'sites: must have at least one site'],
    [
      'a share over 1',
      { sites: [{ ...SCENARIO.sites[0], resumption: 60 }] },
      'sites.0.resumption: must be a share from 0 to 1, e.g. 0.6 for 60 %',
    ],
  ])('with %s says so', (_, change, problem) => {
    expect(problemsOf(change).join('\n')).toContain(problem);
  });
});

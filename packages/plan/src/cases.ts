import { addDemands, peakDemand, rateOf, scaleDemand } from './demand.js';
import { predictKeyServer } from './queueing/key-server.js';
import { slowestLane } from './queueing/slowest-lane.js';
import type { Scenario } from './scenario.js';
import type { KeyType } from './service-times.js';
import { type EdgeGroup, type KeyServerGroup, type Machine, simulate } from './simulation/simulation.js';

/** One thing that can be the matter while all must go on. */
export interface PlannedCase {
  /** The region of key servers that is lost; none: all are there. */
  readonly lostRegion: string | undefined;
  readonly regions: readonly RegionInCase[];
  /** The 99th percentile of what edges see at all, way included, by region of edges, in milliseconds, as simulated. */
  readonly edges: readonly EdgesInCase[];
}

/** The key servers of a region in a case. */
export interface RegionInCase {
  readonly region: string;
  /** Operations per second. */
  readonly operations: number;
  /** Those that are left to work. */
  readonly working: number;
  /** By formula, and as simulated. */
  readonly utilisation: number;
  readonly simulatedUtilisation: number;
  /** Of the slowest lane that is used, the farthest edges' way included, in milliseconds, by formula; Infinity: it does not keep up. */
  readonly p99: number;
}

export interface EdgesInCase {
  readonly region: string;
  /** The region of key servers that they use. */
  readonly uses: string;
  /** In milliseconds. */
  readonly roundTrip: number;
  readonly p99ByKeyType: readonly { readonly keyType: KeyType; readonly p99: number }[];
  /** Whether the target is kept. */
  readonly keepsTarget: boolean;
}

/** All regions there, and each of them lost. */
export function casesOf({ failures, key_servers: keyServers }: Scenario): (string | undefined)[] {
  const loses = failures.lose_a_region && keyServers.length > 1;
  return [undefined, ...(loses ? keyServers.map(({ region }) => region) : [])];
}

/** Which region of key servers the edges of each region use: the nearest that is there. */
export function assignEdges(scenario: Scenario, lostRegion: string | undefined) {
  const left = scenario.key_servers.filter(({ region }) => region !== lostRegion);
  const shares = scenario.edges.reduce((sum, { share }) => sum + share, 0);
  return scenario.edges.map(({ region, edges, share }) => {
    const distance = (target: string) => scenario.round_trips_ms[region]?.[target] ?? 0;
    const [nearest] = left.toSorted((one, other) => distance(one.region) - distance(other.region));
    const uses = nearest?.region ?? '';
    return { region, edges, share: share / shares, uses, roundTrip: distance(uses) };
  });
}

/** Plays a case, with as many key servers as there are in each region. */
export function playCase(
  scenario: Scenario,
  machine: Machine,
  counts: ReadonlyMap<string, number>,
  lostRegion: string | undefined,
  onProgress: (share: number) => void,
): { readonly planned: PlannedCase; readonly operations: number } {
  const demand = peakDemand(scenario.sites);
  const assigned = assignEdges(scenario, lostRegion);
  const regions = scenario.key_servers
    .filter(({ region }) => region !== lostRegion)
    .map(({ region }) => region);
  const workingIn = (region: string) =>
    Math.max(1, (counts.get(region) ?? 1) - scenario.failures.servers_lost);
  const edges = assigned.map(({ edges: count, share, uses, roundTrip }): EdgeGroup => ({
    edges: count,
    operations: scaleDemand(demand, share),
    roundTrip: roundTrip * 1000,
    keyServers: regions.indexOf(uses),
  }));
  const keyServers = regions.map((region): KeyServerGroup => ({ machine, count: workingIn(region) }));
  const { seconds, seed } = scenario.simulation;
  const result = simulate({ edges, keyServers, seconds, seed, onProgress });
  return {
    operations: result.operations,
    planned: {
      lostRegion,
      regions: regions.map((region, index) => {
        const users = assigned.filter(({ uses }) => uses === region);
        const regional = addDemands(users.map(({ share }) => scaleDemand(demand, share)));
        const server = predictKeyServer(machine, scaleDemand(regional, 1 / workingIn(region)));
        return {
          region,
          operations: rateOf(regional),
          working: workingIn(region),
          utilisation: server.utilisation,
          simulatedUtilisation: result.utilisation[index] ?? 0,
          p99:
            server.p99(slowestLane(machine, regional)) +
            Math.max(0, ...users.map(({ roundTrip }) => roundTrip)),
        };
      }),
      edges: assigned.map(({ region, uses, roundTrip }, index) => {
        const p99ByKeyType = (result.groups[index] ?? []).map(({ keyType, latencies }) => ({
          keyType,
          p99: latencies.percentile(99),
        }));
        const keepsTarget = p99ByKeyType.every(({ p99 }) => p99 <= scenario.target.p99_ms);
        return { region, uses, roundTrip, p99ByKeyType, keepsTarget };
      }),
    },
  };
}

import { addDemands, rateOf, scaleDemand } from './demand.js';
import { assignEdges, casesOf } from './cases.js';
import { capacityOf } from './load-curve.js';
import { type Demand, predictKeyServer } from './queueing/key-server.js';
import { slowestLane } from './queueing/slowest-lane.js';
import type { Scenario } from './scenario.js';
import type { Machine } from './simulation/simulation.js';

/** How many key servers each region needs for the worst of the cases, by formula. */
export function countsByFormula(scenario: Scenario, machine: Machine, demand: Demand): Map<string, number> {
  const spare = scenario.failures.servers_lost;
  const counts = new Map<string, number>();
  for (const { region, count } of scenario.key_servers) {
    const needs = casesOf(scenario).map((lost) => {
      const edges = assignEdges(scenario, lost).filter(({ uses }) => uses === region);
      return fewest(
        scenario,
        machine,
        addDemands(edges.map(({ share }) => scaleDemand(demand, share))),
        edges,
      );
    });
    counts.set(region, count ?? Math.max(1, ...needs) + spare);
  }
  return counts;
}

/** The fewest key servers that keep to the target, or to the utilisation alone where the way is too far for it. */
function fewest(
  { target }: Scenario,
  machine: Machine,
  demand: Demand,
  edges: readonly { readonly roundTrip: number }[],
): number {
  if (rateOf(demand) === 0) return 0;
  const farthest = Math.max(
    ...edges.map(({ roundTrip }) => roundTrip).filter((way) => way < target.p99_ms),
    0,
  );
  const suffices = (count: number) => {
    const server = predictKeyServer(machine, scaleDemand(demand, 1 / count));
    return (
      server.keepsUp &&
      server.utilisation <= target.utilisation &&
      server.p99(slowestLane(machine, demand)) + farthest <= target.p99_ms
    );
  };
  let high = 1;
  while (!suffices(high) && high < MOST_SERVERS) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (suffices(middle)) high = middle;
    else low = middle;
  }
  // A target that one operation alone would miss: as many as keep up, and the simulation will say so.
  return high < MOST_SERVERS
    ? high
    : Math.ceil(rateOf(demand) / capacityOf(machine, demand) / target.utilisation);
}

/** More than anybody has: beyond, no number of them helps. */
const MOST_SERVERS = 2 ** 20;

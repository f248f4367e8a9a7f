import { casesOf, type PlannedCase, playCase } from './cases.js';
import { countsByFormula } from './counts.js';
import { peakDemand } from './demand.js';
import type { Scenario } from './scenario.js';
import type { Machine } from './simulation/simulation.js';

/** How many key servers where, of one kind of machine. */
export interface Sizing {
  readonly machine: string;
  readonly counts: readonly { readonly region: string; readonly count: number }[];
  readonly servers: number;
  readonly processors: number;
  readonly cost: number;
  readonly cases: readonly PlannedCase[];
  /** Operations that were simulated. */
  readonly simulated: number;
  /** What cannot be kept however many key servers there are, in words. */
  readonly caveats: readonly string[];
}

/** How often servers may be added because the simulation finds too few. */
const MOST_ROUNDS = 6;

/** See {@link ./plan.js}.makePlan: of one kind of machine. */
export function size(
  scenario: Scenario,
  { name, processors, cost = processors }: Scenario['machines'][number],
  machine: Machine,
  onProgress: (share: number) => void,
): Sizing {
  const cases = casesOf(scenario);
  const counts = countsByFormula(scenario, machine, peakDemand(scenario.sites));
  const mayAdd = new Set(
    scenario.key_servers.flatMap(({ region, count }) => (count === undefined ? [region] : [])),
  );
  let simulated = 0;
  for (let round = 1; ; round += 1) {
    const found = cases.map((lostRegion, index) => {
      const { planned, operations } = playCase(scenario, machine, counts, lostRegion, (share) =>
        onProgress((round - 1 + (index + share) / cases.length) / MOST_ROUNDS),
      );
      simulated += operations;
      return planned;
    });
    const short = regionsThatAreShort(scenario, found).filter((region) => mayAdd.has(region));
    if (short.length > 0 && round < MOST_ROUNDS) {
      for (const region of short) counts.set(region, Math.ceil((counts.get(region) ?? 1) * 1.1));
      continue;
    }
    const servers = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return {
      machine: name,
      counts: [...counts].map(([region, count]) => ({ region, count })),
      servers,
      processors: servers * processors,
      cost: servers * cost,
      cases: found,
      simulated,
      caveats: caveatsOf(scenario, found, short),
    };
  }
}

/** Regions of key servers whose edges miss the target although they are near enough to keep it. */
function regionsThatAreShort({ target }: Scenario, cases: readonly PlannedCase[]): string[] {
  const short = cases.flatMap(({ edges }) =>
    edges
      .filter(({ keepsTarget, roundTrip }) => !keepsTarget && roundTrip < target.p99_ms)
      .map(({ uses }) => uses),
  );
  return [...new Set(short)];
}

function caveatsOf({ target }: Scenario, cases: readonly PlannedCase[], short: readonly string[]): string[] {
  const tooFar = cases.flatMap(({ lostRegion, edges }) =>
    edges
      .filter(({ roundTrip }) => roundTrip >= target.p99_ms)
      .map(
        ({ region, uses, roundTrip }) =>
          `${lostRegion === undefined ? '' : `without ${lostRegion}, `}edges in ${region} use ${uses}, ${roundTrip} ms away: more than the target of ${target.p99_ms} ms, however many key servers there are`,
      ),
  );
  return [
    ...tooFar,
    ...short.map(
      (region) =>
        `${region} misses the target of ${target.p99_ms} ms in the simulation, and more key servers did not help`,
    ),
  ];
}

import { countsByFormula } from './counts.js';
import { type Changes, peakDemand, peakHandshakes, rateOf } from './demand.js';
import { loadCurve, type LoadPoint } from './load-curve.js';
import type { Demand } from './queueing/key-server.js';
import type { Scenario } from './scenario.js';
import type { ServiceTimes } from './service-times.js';
import { defaultWorkers, type Machine } from './simulation/simulation.js';
import { size, type Sizing } from './sizing.js';

/** What is known of one kind of machine. */
export interface Calibrations {
  /** By the name of the machine in the scenario. */
  readonly [machine: string]: ServiceTimes;
}

/** How many key servers would do if the sites were changed. */
export interface Saving {
  readonly title: string;
  /** Operations per second at the worst moment, all regions together. */
  readonly operations: number;
  readonly servers: number;
  readonly processors: number;
}

export interface Plan {
  /** Per second at the worst moment. */
  readonly handshakes: number;
  readonly operations: Demand;
  /** One for each kind of machine, the cheapest first. */
  readonly sizings: readonly Sizing[];
  /** With the cheapest kind of machine, by formula; the first is nothing changed. */
  readonly savings: readonly Saving[];
  /** Of one key server of the cheapest kind. */
  readonly curve: readonly LoadPoint[];
}

/**
 * Says how many key servers a scenario needs.
 *
 * Formulas say how many it takes so that every case keeps the target; the simulation then plays each case and has the last
 * word: where it finds the target missed although the way alone does not miss it, servers are added.
 *
 * @param onProgress told which share is done, from 0 to 1, and what is being done
 */
export function makePlan(
  scenario: Scenario,
  calibrations: Calibrations,
  onProgress: (share: number, what: string) => void = () => {},
): Plan {
  const kinds = scenario.machines.length;
  const sizings = scenario.machines
    .map((machine, index) =>
      size(scenario, machine, machineOf(machine, calibrations), (share) =>
        onProgress((index + share) / kinds, `simulating ${machine.name}`),
      ),
    )
    .toSorted((one, other) => one.cost - other.cost);
  const operations = peakDemand(scenario.sites);
  const cheapest = scenario.machines.find(({ name }) => name === sizings[0]?.machine);
  const machine = cheapest && machineOf(cheapest, calibrations);
  return {
    handshakes: peakHandshakes(scenario.sites),
    operations,
    sizings,
    savings: machine === undefined ? [] : savings(scenario, machine),
    curve: machine === undefined ? [] : loadCurve(machine, operations, scenario.simulation.seed),
  };
}

type MachineKind = Scenario['machines'][number];

function machineOf({ name, processors, workers }: MachineKind, calibrations: Calibrations): Machine {
  const times = calibrations[name];
  if (times === undefined) throw new RangeError(`there is no calibration of ${name}`);
  return { times, processors, workers: workers ?? defaultWorkers(processors) };
}

function savings(scenario: Scenario, machine: Machine): Saving[] {
  const variants: readonly (readonly [string, Changes])[] = [
    ['as it is', {}],
    ['delegated credentials where visitors accept them', { delegatedCredentials: true }],
    ['P-256 certificates in place of RSA', { ecdsaCertificates: true }],
    ['both', { ecdsaCertificates: true, delegatedCredentials: true }],
  ];
  const free = { ...scenario, key_servers: scenario.key_servers.map(({ region }) => ({ region })) };
  return variants.map(([title, changes]) => {
    const demand = peakDemand(scenario.sites, changes);
    const servers = [...countsByFormula(free, machine, demand).values()].reduce(
      (sum, count) => sum + count,
      0,
    );
    return { title, operations: rateOf(demand), servers, processors: servers * machine.processors };
  });
}

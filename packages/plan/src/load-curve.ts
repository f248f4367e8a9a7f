import { rateOf, scaleDemand } from './demand.js';
import { type Demand, predictKeyServer } from './queueing/key-server.js';
import { slowestLane } from './queueing/slowest-lane.js';
import type { KeyType } from './service-times.js';
import { type Machine, simulate } from './simulation/simulation.js';

/** One key server at one load. */
export interface LoadPoint {
  /** Operations per second. */
  readonly operations: number;
  /** The share of its processors' time that it uses, by formula. */
  readonly utilisation: number;
  /** What it adds to an operation of the slowest lane in 99 of 100, in milliseconds, by formula; Infinity: it does not keep up. */
  readonly p99: number;
  /** The same by key type, as simulated. */
  readonly simulated: readonly { readonly keyType: KeyType; readonly p99: number }[];
}

/**
 * What becomes of one key server as it is asked for more.
 *
 * @param demand in which shares key types come
 */
export function loadCurve(machine: Machine, demand: Demand, seed: number): LoadPoint[] {
  const limit = capacityOf(machine, demand);
  return SHARES.map((share) => {
    const operations = limit * share;
    const asked = scaleDemand(demand, operations / rateOf(demand));
    const server = predictKeyServer(machine, asked);
    const { groups } = simulate({
      edges: [{ edges: 100, operations: asked, roundTrip: 0, keyServers: 0 }],
      keyServers: [{ machine, count: 1 }],
      seconds: Math.min(MOST_SECONDS, OPERATIONS / operations),
      seed,
    });
    return {
      operations,
      utilisation: server.utilisation,
      p99: server.p99(slowestLane(machine, demand)),
      simulated: (groups[0] ?? []).map(({ keyType, latencies }) => ({
        keyType,
        p99: latencies.percentile(99),
      })),
    };
  });
}

/** Operations per second that one key server can do, in the shares in which they come. */
export function capacityOf(machine: Machine, demand: Demand): number {
  const rate = rateOf(demand);
  let [low, high] = [0, 1e8];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (predictKeyServer(machine, scaleDemand(demand, middle / rate)).keepsUp) low = middle;
    else high = middle;
  }
  return Math.max(low, 1e-9);
}

/** Of what it can do. */
const SHARES = [0.05, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95];
/** Enough for a percentile, and no more made-up time than that takes. */
const OPERATIONS = 20_000;
const MOST_SECONDS = 20;

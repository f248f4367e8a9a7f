import { type KeyType, type Lane, LANES } from '../service-times.js';
import type { Machine } from '../simulation/simulation.js';
import type { Demand } from './key-server.js';

/** The lane of the dearest operations that are asked for. */
export function slowestLane({ times }: Machine, demand: Demand): Lane {
  const used = Object.keys(demand).map((keyType) => times.operations[keyType as KeyType]?.lane);
  return LANES.findLast((lane) => used.includes(lane)) ?? 'inline';
}

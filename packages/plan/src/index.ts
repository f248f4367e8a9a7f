export type { EdgesInCase, PlannedCase, RegionInCase } from './cases.js';
export type { LoadPoint } from './load-curve.js';
export { type Calibrations, makePlan, type Plan, type Saving } from './plan.js';
export { type Scenario, scenarioSchema } from './scenario.js';
export {
  type BatchCost,
  type Collections,
  costOfBatch,
  KEY_TYPES,
  type KeyType,
  type Lane,
  type OperationCost,
  type Pauses,
  pausesOf,
  quantilesOf,
  type ServiceTimes,
} from './service-times.js';
export {
  defaultWorkers,
  type Machine,
  type Pause,
  simulate,
  type SimulationResult,
  type SpeedChange,
} from './simulation/simulation.js';
export type { Sizing } from './sizing.js';

export type { EdgesInCase, PlannedCase, RegionInCase } from './cases.js';
export type { LoadPoint } from './load-curve.js';
export { type Calibrations, makePlan, type Plan, type Saving } from './plan.js';
export { type Scenario, scenarioSchema } from './scenario.js';
export {
  type BatchCost,
  costOfBatch,
  KEY_TYPES,
  type KeyType,
  type Lane,
  type OperationCost,
  type Pauses,
  type ServiceTimes,
} from './service-times.js';
export { type Machine, simulate } from './simulation/simulation.js';
export type { Sizing } from './sizing.js';

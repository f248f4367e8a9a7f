export { BenchmarkError } from './benchmark-error.js';
export {
  generateLoad,
  GeneratorBottleneckError,
  type GeneratorOptions,
  LoadGenerators,
} from './generator/generator.js';
export { measureLoad, type MeasuredLoad, measureWith } from './generator/measured-load.js';
export type { GeneratorOrder, Pace, WorkOrder } from './generator/order.js';
export {
  type GeneratorLoad,
  type GeneratorResult,
  type LatencySummary,
  summaryOf,
  type TimelinePoint,
} from './generator/result.js';
export { ClientHelloMessage } from './handshakes/client-hello-message.js';
export { HandMadeRecords } from './handshakes/hand-made-records.js';
export type { HandshakesOrder } from './handshakes/order.js';
export { LatencyHistogram } from './histogram.js';
export type { RequestsOrder } from './http/order.js';
export type { OperationKind, OperationsOrder } from './operations/order.js';
export { Arrivals } from './pace/arrivals.js';
export { type RandomSource, randomSource } from './pace/random.js';
export { type Spread, spreadOf } from './spread.js';
export { renderDocument, renderPage } from './report/page.js';
export {
  type Baseline,
  describeEnvironment,
  type Environment,
  type Measurement,
  type Report,
  type ServerLoad,
} from './report/report.js';
export { cpuTimeOf, type ThreadTime, threadTimesOf } from './cpu-time.js';
export { confine, type ProcessorPlan, takeProcessors } from './processors.js';
export {
  compare,
  type Comparison,
  type Interval,
  medianInterval,
  type Verdict,
  verdictOn,
} from './compare/statistics.js';

export { BenchmarkError } from './benchmark-error.js';
export { LatencyHistogram } from './histogram.js';
export { Arrivals } from './pace/arrivals.js';
export { type RandomSource, randomSource } from './pace/random.js';
export { type Spread, spreadOf } from './spread.js';

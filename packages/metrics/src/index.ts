export { DoublingHistogram, type DoublingBuckets, type HistogramSnapshot } from './doubling-histogram.js';
export { RecentDurations, type DurationQuantiles } from './recent-durations.js';

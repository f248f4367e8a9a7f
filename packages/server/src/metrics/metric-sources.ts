import type { WatchedCertificate } from '@latchkey/admin';
import type { DoublingHistogram } from '@latchkey/metrics';
import type { KeyServerStatistics } from '../statistics.js';
import type { BatchRecorder } from './batch-recorder.js';
import type { OperationRecorder } from './operation-recorder.js';

/** What the metrics of a key server are read from, each time that somebody asks for them. */
export interface MetricSources {
  readonly statistics: () => KeyServerStatistics;
  readonly operations: OperationRecorder;
  readonly batches: BatchRecorder;
  /** How long it took to load all keys, in seconds. */
  readonly keyLoads: DoublingHistogram;
  /** The channel's certificate and its client CA. */
  readonly certificates: () => readonly WatchedCertificate[];
}

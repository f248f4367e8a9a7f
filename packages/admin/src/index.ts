export {
  collectMetrics,
  METRICS_CONTENT_TYPE,
  type MetricValues,
  writeMetrics,
} from './aggregated-metrics.js';
export {
  type AdminAddress,
  AdminEndpoint,
  type AdminPages,
  type AdminResponse,
  json,
  plainText,
} from './admin-endpoint.js';
export { certificateLabels, expiryOf, type WatchedCertificate } from './certificate-expiry.js';
export {
  type CollectedMetric,
  countSamples,
  histogramSamples,
  type MetricType,
  register,
  type Sample,
  summarySamples,
} from './collected-metric.js';
export { processMetrics } from './process-metrics.js';

export { isTracing, type SpanKind, type SpanOptions, startSpan, type TraceSpan } from './span.js';

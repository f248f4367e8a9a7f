import type { OperationRequest } from '@latchkey/codec';
import { decodeTraceContext } from '@latchkey/codec/kssl1';
import { isTracing, startSpan, type TraceSpan } from '@latchkey/tracing';
import type { OperationFailure } from '../operations/failure.js';
import type { OperationTimes } from '../metrics/operation-recorder.js';

/**
 * Begins the span of a request whose requester traces it.
 *
 * @param name what the operation is called
 * @param arrivedAt on the clock of `performance.now()`
 * @returns undefined where the requester does not, or nobody would see it
 */
export function traceRequest(
  { traceContext, tracingSpan }: OperationRequest,
  name: string,
  arrivedAt: number,
): TraceSpan | undefined {
  if ((traceContext ?? tracingSpan) === undefined || !isTracing()) return undefined;
  const parent = traceContext ?? (tracingSpan && decodeTraceContext(tracingSpan));
  if (parent === undefined) return undefined;
  const attributes = { 'latchkey.operation': name };
  return startSpan('latchkey.request', { kind: 'server', parent, startTime: arrivedAt, attributes });
}

/** Ends it, with what it went through: the lane, where it waited, and the operation. */
export function endTrace(
  span: TraceSpan,
  { arrivedAt, begunAt, answeredAt }: OperationTimes,
  failure: OperationFailure | undefined,
  endTime: number,
): void {
  const part = (name: string, startTime: number, end: number): void =>
    startSpan(name, { kind: 'internal', parent: span.context, startTime })?.end(undefined, end);
  if (begunAt !== undefined) {
    part('latchkey.lane', arrivedAt, begunAt);
    part('latchkey.computing', begunAt, answeredAt ?? endTime);
  }
  span.end(failure, endTime);
}

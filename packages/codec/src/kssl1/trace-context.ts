import type { TraceContext } from '../operation.js';

/**
 * The binary form of a W3C trace context (the working group's note "Trace Context: Binary"): version 0, then each field with
 * its number before it. It has no tracestate. Keyless SSL v1 has an item for such bytes and leaves their form open.
 */
export function encodeTraceContext({ traceparent }: TraceContext): Uint8Array {
  const [, traceId = '', parentId = '', flags = ''] = traceparent.split('-');
  return Buffer.concat([
    Uint8Array.of(VERSION, Field.TRACE_ID),
    Buffer.from(traceId, 'hex'),
    Uint8Array.of(Field.PARENT_ID),
    Buffer.from(parentId, 'hex'),
    Uint8Array.of(Field.FLAGS),
    Buffer.from(flags, 'hex'),
  ]);
}

/** @returns undefined for anything else: requesters may send spans in forms of their own */
export function decodeTraceContext(bytes: Uint8Array): TraceContext | undefined {
  const isOurs =
    bytes.length === LENGTH &&
    bytes[0] === VERSION &&
    bytes[1] === Field.TRACE_ID &&
    bytes[18] === Field.PARENT_ID &&
    bytes[27] === Field.FLAGS;
  if (!isOurs) return undefined;
  const hex = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString('hex');
  const traceId = hex(2, 18);
  const parentId = hex(19, 27);
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceparent: `00-${traceId}-${parentId}-${hex(28, 29)}` };
}

const VERSION = 0;
const Field = { TRACE_ID: 0, PARENT_ID: 1, FLAGS: 2 } as const;
const LENGTH = 29;

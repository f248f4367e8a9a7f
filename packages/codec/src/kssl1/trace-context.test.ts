import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTraceContext, encodeTraceContext } from './trace-context.js';

const hex = (length: number) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .filter((bytes) => bytes.some((byte) => byte !== 0))
    .map((bytes) => Buffer.from(bytes).toString('hex'));

describe('the binary form of a trace context', () => {
  it('has version, trace id, parent id and flags, each field behind its number', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(Buffer.from(encodeTraceContext({ traceparent })).toString('hex')).toBe(
      '00004bf92f3577b34da6a3ce929d0e0e47360100f067aa0ba902b70201',
    );
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(hex(16), hex(8), fc.constantFrom('00', '01'), (traceId, parentId, flags) => {
        const context = { traceparent: `00-${traceId}-${parentId}-${flags}` };
        expect(decodeTraceContext(encodeTraceContext(context))).toEqual(context);
      }),
    );
  });

  it('is not found in any other bytes', () => {
    const good = encodeTraceContext({
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    });
    const damaged = (offset: number): Uint8Array => Uint8Array.from(good.with(offset, 9));
    for (const bytes of [
      damaged(0),
      damaged(1),
      damaged(18),
      damaged(27),
      good.subarray(1),
      new Uint8Array(29),
    ])
      expect(decodeTraceContext(bytes)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 28 }), (bytes) => {
        expect(decodeTraceContext(bytes)).toBeUndefined();
      }),
    );
  });
});

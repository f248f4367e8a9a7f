import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyReference, Operation, OperationRequest } from '../operation.js';
import { concat, cut } from '../test-support/bytes.js';
import { OPERATIONS, PAYLOAD, requestOf } from '../test-support/requests.js';
import { decodeAnswer } from './answer.js';
import { FrameDecoder, type FrameHandler } from './frame.js';
import { decodeRequest, encodeRequest, type RequestDecoding } from './request.js';

describe('a request on the wire', () => {
  it('is read as it was written, under any chunking', () => {
    const requests = fc.array(fc.tuple(fc.nat(0xffff_ffff), anyRequest()), { maxLength: 8 });
    const lengths = fc.infiniteStream(fc.integer({ min: 1, max: 1500 }));
    fc.assert(
      fc.property(requests, lengths, (sent, chunkLengths) => {
        const stream = concat(...sent.map(([id, request]) => encodeRequest(id, request)));
        const received: [number, OperationRequest][] = [];
        const decoder = decoderOf((id, bytes, start, end) =>
          received.push([id, requestOf(bytes.subarray(start, end))]),
        );
        for (const chunk of cut(stream, chunkLengths)) decoder.push(chunk);
        expect(received).toEqual(sent);
      }),
    );
  });

  it('has one outcome however its body is changed, and leaves the next request alone', () => {
    const ping: Operation = { type: 'ping', payload: PAYLOAD };
    const next = encodeRequest(2, { key: {}, operation: ping });
    const mutations = fc.array(anyMutation(), { minLength: 1, maxLength: 4 });
    const kinds = new Set<string | undefined>();
    fc.assert(
      fc.property(anyRequest(), mutations, (request, drawn) => {
        let body: Uint8Array = encodeRequest(1, request).slice(8);
        for (const mutate of drawn) body = mutate(body);
        const header = Uint8Array.of(1, 0, body.length >> 8, body.length, 0, 0, 0, 1);
        const outcomes: [number, RequestDecoding][] = [];
        const decoder = decoderOf((id, bytes, start, end) =>
          outcomes.push([id, decodeRequest(bytes.subarray(start, end))]),
        );
        decoder.push(concat(header, body, next));
        expect(outcomes.map(([id]) => id)).toEqual([1, 2]);
        expect(outcomes.at(1)).toEqual([2, { kind: 'request', request: { key: {}, operation: ping } }]);
        kinds.add(outcomes.at(0)?.[1].kind);
      }),
      { numRuns: 500 },
    );
    expect(kinds).toEqual(new Set(['request', 'refused']));
  });
});

describe('a body of any bytes', () => {
  it('has an outcome as a request and as an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100, size: 'max' }), (body) => {
        expect(['request', 'refused']).toContain(decodeRequest(body).kind);
        expect(['answer', 'error', 'malformed']).toContain(decodeAnswer(body).kind);
      }),
      { numRuns: 2000 },
    );
  });
});

function decoderOf(onFrame: FrameHandler['onFrame']): FrameDecoder {
  return new FrameDecoder({
    onFrame,
    onVersionMismatch: (_id, majorVersion) => expect.unreachable(`version ${majorVersion}`),
  });
}

function anyRequest(): fc.Arbitrary<OperationRequest> {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
  const blob = fc.uint8Array({ minLength: 1, maxLength: 400 });
  const address = fc.oneof(bytesOfLength(4), bytesOfLength(16));
  const key: fc.Arbitrary<KeyReference> = fc.record(
    {
      ski: bytesOfLength(20),
      certificateDigest: bytesOfLength(32),
      certificateId: text,
      serverName: text,
      clientIp: address,
      serverIp: address,
    },
    { requiredKeys: [] },
  );
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.constantFrom(...OPERATIONS.map(([, each]) => each)),
    fc.record({ type: fc.constant('custom' as const), functionName: text, payload: blob }),
    fc.record({ type: fc.constant('ping' as const), payload: fc.uint8Array({ maxLength: 2000 }) }),
  );
  const requestContext = fc
    .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 })
    .map((context) => JSON.parse(JSON.stringify(context)) as Record<string, unknown>);
  return fc.record(
    {
      key,
      operation,
      extra: blob,
      tracingSpan: blob,
      requestContext,
      complianceRegion: fc.nat(0xff),
    },
    { requiredKeys: ['key', 'operation'] },
  );
}

/** A byte changed, the end cut off, bytes put in between, or the beginning said twice. */
function anyMutation(): fc.Arbitrary<(body: Uint8Array) => Uint8Array> {
  // Most of a body is padding: its beginning, where the items are, is hit more often.
  const places = fc.oneof(fc.nat(120), fc.nat(2000));
  return fc.oneof(
    fc.tuple(places, fc.nat(0xff)).map(
      ([place, value]) =>
        (body: Uint8Array) =>
          body.with(place % body.length, value),
    ),
    places.map((place) => (body: Uint8Array) => body.slice(0, 1 + (place % body.length))),
    fc.tuple(places, fc.uint8Array({ maxLength: 30 })).map(
      ([place, more]) =>
        (body: Uint8Array) =>
          concat(body.slice(0, place), more, body.slice(place)),
    ),
    places.map((place) => (body: Uint8Array) => concat(body.slice(0, place), body)),
  );
}

function bytesOfLength(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

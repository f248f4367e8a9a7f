import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, concat, cut } from '../test-support/bytes.js';
import { anyKssl2Request } from '../test-support/kssl2-requests.js';
import { ErrorCode, GoingAwayReason, MAXIMUM_BATCH_LENGTH, MAXIMUM_FRAME_LENGTH } from './constants.js';
import { encodeCertificates, encodeCertificateSubscription } from './certificates.js';
import { EdgeField, type EdgeFrameHandler, EdgeFrameReader, encodeCancel, encodePing } from './edge-frame.js';
import { keyServiceErrorOf } from './errors.js';
import { FrameDecoder, FrameWriter } from './frame.js';
import {
  addResult,
  type Answer,
  type Capabilities,
  encodeCapabilities,
  encodeError,
  encodeGoingAway,
  KeyServerField,
  readKeyServerFrame,
} from './key-server-frame.js';
import { encodeRequest } from './request.js';

type Event = readonly [what: string, value?: unknown];

/** What a stream of an edge says, in order. */
function readEdge(stream: Iterable<Uint8Array>): Event[] {
  const events: Event[] = [];
  const handler: EdgeFrameHandler = {
    onRequest: (decoding) => events.push([decoding.kind, 'id' in decoding ? decoding.id : undefined]),
    onCancel: (id) => events.push(['cancel', id]),
    onPing: (payload) => events.push(['ping', Buffer.from(payload).toString('hex')]),
    onCertificateSubscription: (subscription) => events.push(['subscription', subscription]),
  };
  const reader = new EdgeFrameReader(handler, (bytes, start, end) => bytes.slice(start, end));
  const decoder = new FrameDecoder({
    onFrame: (bytes, start, end) => {
      const malformation = reader.read(bytes, start, end);
      if (malformation !== undefined) events.push(['malformed', malformation]);
    },
    onFrameTooLong: (length) => events.push(['too long', length]),
  });
  for (const chunk of stream) decoder.push(chunk);
  return events;
}

/** What a frame of a key server says, in order. */
function readKeyServer(message: Uint8Array): Event[] {
  const events: Event[] = [];
  const malformation = readKeyServerFrame(message, {
    onAnswer: (id: number, answer: Answer) =>
      events.push([
        `answer ${id}`,
        answer.kind === 'error' ? answer : Buffer.from(answer.result).toString('hex'),
      ]),
    onCapabilities: (capabilities: Capabilities) => events.push(['capabilities', capabilities]),
    onPong: (payload) => events.push(['pong', payload.length]),
    onGoingAway: (reason) => events.push(['going away', reason]),
    onCertificates: (certificates) => events.push(['certificates', certificates]),
  });
  if (malformation !== undefined) events.push(['malformed', malformation]);
  return events;
}

function frame(message: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(message.length);
  return concat(header, message);
}

const SEALING = encodeRequest(1, { key: {}, operation: { type: 'seal', blob: bytes('aa') } }, 1);

describe('frames of an edge', () => {
  it('bring requests, cancels and pings in order, under any chunking and batching', () => {
    const sent = fc.array(fc.tuple(fc.integer({ min: 1, max: 0xffff_ffff }), anyKssl2Request()), {
      maxLength: 20,
    });
    const lengths = fc.infiniteStream(fc.integer({ min: 1, max: 700 }));
    const batches = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(sent, lengths, batches, (requests, chunkLengths, batchLength) => {
        const writer = new FrameWriter(batchLength);
        for (const [id, request] of requests) {
          writer.add(EdgeField.REQUESTS, encodeRequest(id, request, 100));
          writer.add(EdgeField.CANCELS, encodeCancel(id));
          writer.add(EdgeField.PING, encodePing(bytes('abcd')));
        }
        expect(writer.length).toBe(writer.length);
        const events = readEdge(cut(writer.take(), chunkLengths));
        expect(events).toEqual(
          requests.flatMap(([id]) => [
            ['request', id],
            ['cancel', id],
            ['ping', 'abcd'],
          ]),
        );
      }),
    );
  });

  it('share a header, and fill no frame beyond its length', () => {
    const writer = new FrameWriter(MAXIMUM_BATCH_LENGTH);
    writer.add(EdgeField.REQUESTS, SEALING);
    writer.add(EdgeField.REQUESTS, SEALING);
    expect(writer.length).toBe(4 + 2 * (2 + SEALING.length));
    const blob = new Uint8Array(60_000);
    const long = encodeRequest(2, { key: {}, operation: { type: 'seal', blob } }, 1);
    for (let count = 0; count < 10; count++) writer.add(EdgeField.REQUESTS, long);
    expect(readEdge([writer.take()])).toHaveLength(12);
    expect(writer.length).toBe(0);
  });

  it('bring subscriptions beside requests, and are unreadable where these are', () => {
    const writer = new FrameWriter(10);
    const subscription = { id: 4, serverNames: ['www.example', '*.www.example'] };
    writer.add(EdgeField.CERTIFICATE_SUBSCRIPTIONS, encodeCertificateSubscription(subscription));
    writer.add(EdgeField.REQUESTS, SEALING);
    expect(readEdge([writer.take()])).toEqual([
      ['subscription', subscription],
      ['request', 1],
    ]);
    writer.add(
      EdgeField.CERTIFICATE_SUBSCRIPTIONS,
      encodeCertificateSubscription({ ...subscription, id: 0 }),
    );
    writer.add(EdgeField.REQUESTS, SEALING);
    expect(readEdge([writer.take()])).toEqual([['malformed', 'subscription_id']]);
  });

  it('may be empty', () => {
    expect(
      readEdge([
        concat(
          frame(bytes('')),
          frame(bytes('')),
          frame(concat(bytes('0a'), Uint8Array.of(SEALING.length), SEALING)),
        ),
      ]),
    ).toEqual([['request', 1]]);
  });

  it('may be as long as they may be, and no longer', () => {
    const longest = new Uint8Array(MAXIMUM_FRAME_LENGTH);
    // An unknown field that fills it.
    longest.set(bytes('fa 01 fbff0f'));
    expect(readEdge([frame(longest)])).toEqual([]);
    const tooLong = concat(bytes('00040001'), new Uint8Array(10));
    expect(readEdge([tooLong, frame(bytes(''))])).toEqual([['too long', MAXIMUM_FRAME_LENGTH + 1]]);
    expect(readEdge([bytes('ff'), bytes('ffff'), bytes('ff00')])).toEqual([['too long', 0xffff_ffff]]);
  });

  it('hold no memory for what is only announced', () => {
    const decoder = new FrameDecoder({ onFrame: () => {}, onFrameTooLong: () => {} });
    decoder.push(bytes('00040000 00'));
    expect(decoder.bufferedLength).toBe(5);
  });

  it('bring a refused request as that, and those behind it', () => {
    const refused = bytes('08 07 10 00 6a 00');
    const batch = concat(
      ...[refused, SEALING].map((each) => concat(bytes('0a'), Uint8Array.of(each.length), each)),
    );
    expect(readEdge([frame(batch)])).toEqual([
      ['refused', 7],
      ['request', 1],
    ]);
  });

  it.each([
    ['cut_off', '0a 05 08 01'],
    ['cut_off', '0a'],
    ['cut_off', '12 02 80 80'],
    ['field_type', '08 01'],
    ['field_type', '18 01'],
    ['field_type', '0b'],
    ['field_type', '02 00'],
    ['number_range', 'ffffffffff01 00'],
    ['ping_length', `1a 43 0a 41 ${'00'.repeat(65)}`],
  ])('cannot be read on with %s in %s', (reason, message) => {
    expect(readEdge([frame(bytes(message))])).toEqual([['malformed', reason]]);
  });

  it('hold no more requests than a batch may', () => {
    const one = concat(bytes('0a'), Uint8Array.of(SEALING.length), SEALING);
    const events = readEdge([frame(concat(...Array.from({ length: MAXIMUM_BATCH_LENGTH + 1 }, () => one)))]);
    expect(events).toHaveLength(MAXIMUM_BATCH_LENGTH + 1);
    expect(events.at(-1)).toEqual(['malformed', 'batch_too_long']);
    const cancels = frame(concat(bytes('12 8108'), new Uint8Array(1025).fill(1)));
    expect(readEdge([cancels])).toEqual([['malformed', 'batch_too_long']]);
  });

  it('take cancels one by one too', () => {
    expect(readEdge([frame(bytes('10 05 12 02 0607'))])).toEqual([
      ['cancel', 5],
      ['cancel', 6],
      ['cancel', 7],
    ]);
  });

  it('are read to some end, whatever is in them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (message) => {
        readEdge([frame(message)]);
        readEdge([message]);
        readKeyServer(message);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('frames of a key server', () => {
  it('bring what it says, in order', () => {
    const writer = new FrameWriter(10);
    const error = {
      kind: 'error',
      code: ErrorCode.RATE_LIMITED,
      retryable: true,
      retryAfter: 20,
      reason: 'rate',
    } as const;
    writer.add(KeyServerField.CAPABILITIES, encodeCapabilities({ maximumInFlight: 77 }));
    addResult(writer, 1, bytes('ffaabbff'), 1, 3);
    addResult(writer, 2, bytes(''));
    writer.add(KeyServerField.ANSWERS, encodeError(3, error));
    writer.add(KeyServerField.PONG, encodePing(bytes('0102')));
    const certificates = { subscription: 4, chains: [[bytes('3001'), bytes('3002')]] };
    writer.add(KeyServerField.CERTIFICATES, encodeCertificates(certificates));
    writer.add(KeyServerField.GOING_AWAY, encodeGoingAway(GoingAwayReason.DRAINING));
    const events = readKeyServer(writer.take().slice(4));
    expect(events).toEqual([
      ['capabilities', expect.objectContaining({ maximumInFlight: 77, operations: [9, 10, 11, 12, 13, 14] })],
      ['answer 1', 'aabb'],
      ['answer 2', ''],
      ['answer 3', error],
      ['pong', 2],
      ['certificates', certificates],
      ['going away', GoingAwayReason.DRAINING],
    ]);
  });

  it.each([
    ['outcome_missing', '0a 02 08 01'],
    ['field_twice', '0a 06 08 01 12 00 1a 00'],
    ['field_twice', '0a 06 08 01 12 00 12 00'],
    ['field_type', '0a 02 10 01'],
    ['cut_off', '0a 03 08 01 12'],
    ['encoding', '0a 07 08 01 1a 03 22 01 ff'],
    ['subscription_id', '2a 00'],
    ['certificate_chain', '2a 04 08 01 12 00'],
    ['batch_too_long', '0a 04 08 01 12 00'.repeat(MAXIMUM_BATCH_LENGTH + 1)],
  ])('cannot be read on with %s', (reason, message) => {
    expect(readKeyServer(bytes(message)).at(-1)).toEqual(['malformed', reason]);
  });

  it('do not write what they like into an edge’s messages', () => {
    const error = { kind: 'error', code: ErrorCode.INTERNAL, retryable: false, retryAfter: 0 } as const;
    const written = encodeError(1, { ...error, reason: 'a\nforged line' });
    expect(readKeyServer(concat(bytes('0a'), Uint8Array.of(written.length), written))).toEqual([
      ['answer 1', { ...error, reason: '' }],
    ]);
  });
});

describe('the errors of kssl2', () => {
  it('have a class each, one from a later version too', () => {
    const error = { kind: 'error', retryable: false, retryAfter: 0, reason: 'word' } as const;
    const known = Object.values(ErrorCode).filter((code) => typeof code === 'number');
    const codes = known.map((code) => keyServiceErrorOf({ ...error, code }).code);
    expect(new Set(codes).size).toBe(known.length - 1);
    const advice = { code: ErrorCode.RATE_LIMITED, retryable: true, retryAfter: 20 };
    expect(keyServiceErrorOf({ ...error, ...advice })).toMatchObject({
      retryAdvice: { isRetryable: true, retryAfter: 20 },
    });
    expect(keyServiceErrorOf({ ...error, code: 99 })).toMatchObject({
      code: 'LATCHKEY_INTERNAL',
      message: 'The key server answered with unknown error 99 (word)',
    });
  });
});

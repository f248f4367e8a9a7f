import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, concat, cut } from '../test-support/bytes.js';
import { FrameDecoder } from './frame.js';

describe('FrameDecoder', () => {
  it('finds the frames of a chunk, bodies of 0 and of 65535 bytes among them', () => {
    const longest = new Uint8Array(0xffff).fill(0xab);
    const received = receive([
      concat(frame(0, bytes('')), frame(0xffff_ffff, longest), frame(1, bytes('07'))),
    ]);
    expect(received.frames).toEqual([
      { id: 0, body: bytes('') },
      { id: 0xffff_ffff, body: longest },
      { id: 1, body: bytes('07') },
    ]);
  });

  it('ignores the minor version', () => {
    const received = receive([bytes('01 ff 0001 00000005 aa')]);
    expect(received.frames).toEqual([{ id: 5, body: bytes('aa') }]);
  });

  it('hands on a frame without a body as soon as its header is there', () => {
    const stream = bytes('01 00 0000 00000009');
    expect(receive([stream.subarray(0, 7)]).frames).toEqual([]);
    expect(receive([stream.subarray(0, 7), stream.subarray(7)]).frames).toEqual([{ id: 9, body: bytes('') }]);
  });

  it('does not copy a body that lies in one chunk, though its header came before', () => {
    const header = bytes('01 00 0003 00000001');
    const chunk = bytes('aabbcc 01 00 0002 00000002 ddee');
    const [first, second] = receive([header, chunk]).frames;
    expect([first?.body, second?.body]).toEqual([bytes('aabbcc'), bytes('ddee')]);
    expect(first?.body.buffer).toBe(chunk.buffer);
    expect(second?.body.buffer).toBe(chunk.buffer);
  });

  it('keeps a body that came in pieces apart from the chunks and from later frames', () => {
    const chunk = new Uint8Array(5);
    const received = receive([]);
    for (const piece of ['0100000300', '000001aabb', 'cc01000002', '00000002dd', 'ee']) {
      chunk.set(bytes(piece));
      received.decoder.push(chunk.subarray(0, piece.length / 2));
      chunk.fill(0);
    }
    expect(received.frames).toEqual([
      { id: 1, body: bytes('aabbcc') },
      { id: 2, body: bytes('ddee') },
    ]);
  });

  it('says how much of an incomplete frame it holds', () => {
    const { decoder } = receive([]);
    const lengths = ['', '01', '00 ffff 0000', '0001', 'aa', 'bb'].map((piece) => {
      decoder.push(bytes(piece));
      return decoder.bufferedLength;
    });
    expect(lengths).toEqual([0, 1, 6, 8, 9, 10]);
  });

  it('ends with a frame of another major version, after what came before it and before what follows', () => {
    const received = receive([
      bytes('01 00 0001 00000001 aa 02 00 0001 00000002 bb 01 00 0000 00000003'),
      bytes('01 00 0000 00000004'),
      bytes('03 00 0000 00000005'),
    ]);
    expect(received.frames).toEqual([{ id: 1, body: bytes('aa') }]);
    expect(received.mismatches).toEqual([{ id: 2, majorVersion: 2 }]);
    expect(received.decoder.bufferedLength).toBe(0);
  });

  it('waits for the id of a frame of another major version, which the answer needs', () => {
    const received = receive([bytes('16 03 0102 000001')]);
    expect(received.mismatches).toEqual([]);
    received.decoder.push(bytes('00'));
    expect(received.mismatches).toEqual([{ id: 0x0000_0100, majorVersion: 0x16 }]);
  });

  it('finds the same frames under any chunking and holds nothing between frames', () => {
    const frames = fc.array(fc.record({ id: fc.nat(0xffff_ffff), body: fc.uint8Array({ maxLength: 3000 }) }));
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 2500 })), (sent, lengths) => {
        const stream = concat(...sent.map(({ id, body }) => frame(id, body)));
        const received = receive(cut(stream, lengths));
        expect(received.frames).toEqual(sent);
        expect(received.mismatches).toEqual([]);
        expect(received.decoder.bufferedLength).toBe(0);
      }),
    );
  });

  it('takes any bytes for frames, a frame of another version or the beginning of one, and accounts for each', () => {
    // Half of the streams begin like frames, so that not all of them end at once with another major version.
    const beginning = fc.constantFrom('', '01', '01 00 0000', '01 00 0003 00000000', '01 00 0100').map(bytes);
    const streams = fc.array(fc.tuple(beginning, fc.uint8Array({ maxLength: 300 })), { maxLength: 6 });
    fc.assert(
      fc.property(streams, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (pieces, lengths) => {
        const stream = concat(...pieces.flat());
        const whole = receive([stream]);
        const inPieces = receive(cut(stream, lengths));
        expect(inPieces.frames).toEqual(whole.frames);
        expect(inPieces.mismatches).toEqual(whole.mismatches);

        const framed = whole.frames.reduce((sum, { body }) => sum + 8 + body.length, 0);
        const held = whole.decoder.bufferedLength;
        expect(inPieces.decoder.bufferedLength).toBe(held);
        expect(held).toBeLessThan(8 + 0xffff);
        const [mismatch] = whole.mismatches;
        expect(framed + held === stream.length || stream[framed] === mismatch?.majorVersion).toBe(true);
      }),
    );
  });
});

interface Frame {
  readonly id: number;
  readonly body: Uint8Array;
}

interface Received {
  readonly frames: Frame[];
  readonly mismatches: { id: number; majorVersion: number }[];
  readonly decoder: FrameDecoder;
}

function receive(chunks: Iterable<Uint8Array>): Received {
  const frames: Frame[] = [];
  const mismatches: Received['mismatches'] = [];
  const decoder = new FrameDecoder({
    onFrame: (id, received, start, end) => frames.push({ id, body: received.subarray(start, end) }),
    onVersionMismatch: (id, majorVersion) => mismatches.push({ id, majorVersion }),
  });
  for (const chunk of chunks) decoder.push(chunk);
  return { frames, mismatches, decoder };
}

function frame(id: number, body: Uint8Array): Uint8Array {
  const header = Buffer.of(1, 0, 0, 0, 0, 0, 0, 0);
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(id, 4);
  return concat(header, body);
}

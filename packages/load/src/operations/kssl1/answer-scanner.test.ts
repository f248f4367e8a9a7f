import { encodeError, encodePong, encodeSuccess, ErrorCode } from '@latchkey/codec/kssl1';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerScanner } from './answer-scanner.js';
import { idAt } from './frame-layout.js';

const payload = fc.uint8Array({ maxLength: 3000 });
const frame = fc.oneof(
  fc.tuple(fc.nat(), payload).map(([id, bytes]) => Buffer.from(encodeSuccess(id, bytes))),
  fc.tuple(fc.nat(), payload).map(([id, bytes]) => Buffer.from(encodePong(id, bytes))),
  fc.nat().map((id) => Buffer.from(encodeError(id, ErrorCode.INTERNAL_ERROR))),
  // A header alone.
  fc.nat().map((id) => {
    const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(id, 4);
    return header;
  }),
);

describe('AnswerScanner', () => {
  it('finds every frame once and whole, however the stream is cut and its buffer used again', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1 }),
        (frames, cuts) => {
          const found: Buffer[] = [];
          const scanner = new AnswerScanner((bytes, start, end) =>
            found.push(Buffer.from(bytes.subarray(start, end))),
          );
          const stream = Buffer.concat(frames);
          const readBuffer = Buffer.alloc(2500);
          for (let offset = 0, cut = 0; offset < stream.length; cut += 1) {
            const length = stream.copy(readBuffer, 0, offset, offset + cuts[cut % cuts.length]!);
            scanner.push(readBuffer.subarray(0, length));
            readBuffer.fill(0xff);
            offset += length;
          }
          expect(found).toEqual(frames);
        },
      ),
    );
  });

  it('reads the longest frame that there can be', () => {
    const lengths: number[] = [];
    const scanner = new AnswerScanner((_bytes, start, end) => lengths.push(end - start));
    const longest = Buffer.alloc(8 + 0xffff);
    longest.writeUInt16BE(0xffff, 2);
    for (let offset = 0; offset < longest.length; offset += 10_000)
      scanner.push(longest.subarray(offset, offset + 10_000));
    expect(lengths).toEqual([longest.length]);
  });
});

it('reads the id of a frame as it was written, the highest too', () => {
  for (const id of [0, 1, 2 ** 31, 2 ** 32 - 1])
    expect(idAt(Buffer.from(encodePong(id, Buffer.of())), 0)).toBe(id);
});

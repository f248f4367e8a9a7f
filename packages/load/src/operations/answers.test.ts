import { encodeError, encodePong, encodeSuccess, ErrorCode } from '@latchkey/codec/kssl1';
import { describe, expect, it } from 'vitest';
import { Answers, VERIFIED_EVERY } from './answers.js';
import { KSSL1 } from './kssl1/wire.js';
import type { Requests } from './requests.js';

/** Requests to which their own id is the right answer. */
const requests: Requests = {
  count: 256,
  frames: Buffer.of(),
  length: 0,
  wire: KSSL1,
  kinds: new Uint8Array(256),
  isRight: (id, payload) => payload.length === 1 && payload[0] === id,
};

function answer(answers: Answers, id: number, frame: Uint8Array, dueAt = 0, now = 0): void {
  const bytes = Buffer.concat([Buffer.alloc(3), frame, Buffer.alloc(3)]);
  answers.take(id, dueAt, now, bytes, 3, 3 + frame.length);
  // The connection's next read.
  bytes.fill(0xee);
}

describe('Answers', () => {
  it('verifies the first and every so many', () => {
    const answers = new Answers();
    for (let count = 0; count <= VERIFIED_EVERY; count += 1)
      answer(answers, 7, encodeSuccess(7, Buffer.of(7)));
    expect(answers.total).toBe(VERIFIED_EVERY + 1);
    expect(answers.verify(requests)).toBe(2);
  });

  it('finds a wrong answer', () => {
    const answers = new Answers();
    answer(answers, 7, encodePong(7, Buffer.of(8)));
    expect(() => answers.verify(requests)).toThrow('request 7 is wrong');
  });

  it('finds every error, whether or not it would have been verified', () => {
    const answers = new Answers();
    answer(answers, 1, encodeSuccess(1, Buffer.of(1)));
    answer(answers, 2, encodeError(2, ErrorCode.KEY_NOT_FOUND));
    answer(answers, 3, encodeError(3, ErrorCode.INTERNAL_ERROR));
    answer(answers, 4, encodeError(4, ErrorCode.INTERNAL_ERROR));
    answer(answers, 5, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 5));
    expect(() => answers.requireNoFailures()).toThrow(
      'of 5 requests the key server answered 1 with error 2, 2 with error 8, 1 with an answer that is malformed',
    );
  });

  it('tells of what was performed and of nothing else, the verified too', () => {
    const answers = new Answers();
    const performed: number[][] = [];
    answers.onPerformed = (...heard) => performed.push(heard);
    answer(answers, 1, encodePong(1, Buffer.of(1)), 10, 15);
    answer(answers, 2, encodeError(2, ErrorCode.INTERNAL_ERROR), 11, 16);
    answer(answers, 3, encodeSuccess(3, Buffer.of(3)), 12, 17);
    expect(performed).toEqual([
      [1, 10, 15],
      [3, 12, 17],
    ]);
    expect(answers.failures).toEqual(new Map([['error 8', 1]]));
    expect(() => answers.requireNoFailures()).toThrow('error 8');
  });
});

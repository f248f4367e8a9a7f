import { decodeAnswer } from '@latchkey/codec/kssl1';
import { describe, expect, it } from 'vitest';
import { AnswerMemory, PIECE_LENGTH } from './answer-memory.js';
import { AnswerBuffer } from './answer-buffer.js';
import { AnswerWriter } from './answer-writer.js';
import { SHARE_OF_TURN } from './connection-bounds.js';

const HEADER_LENGTH = 8;

function payloadIn(answers: Uint8Array, offset = 0): Uint8Array {
  const length = Buffer.from(answers).readUInt16BE(offset + 2);
  const answer = decodeAnswer(answers, offset + HEADER_LENGTH, offset + HEADER_LENGTH + length);
  if (answer.kind !== 'answer') throw new Error(`this is no answer, but ${answer.kind}`);
  return Uint8Array.from(answer.payload);
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

describe('AnswerBuffer', () => {
  it('uses memory again once it is written, by whichever connection, and with nothing left in it', () => {
    const memory = new AnswerMemory();
    const buffer = new AnswerBuffer(memory);
    const writer = new AnswerWriter(buffer);
    writer.success(1, filled(300, 0xaa), 0, 300);
    const answers = buffer.take();
    expect(payloadIn(answers)).toEqual(filled(300, 0xaa));
    buffer.written(answers);
    expect(answers.every((byte) => byte === 0)).toBe(true);

    const other = new AnswerBuffer(memory);
    new AnswerWriter(other).pong(2, filled(1, 0xbb));
    expect(other.take().buffer).toBe(answers.buffer);
  });

  it('leaves alone what is not written yet, however long that takes', () => {
    const buffer = new AnswerBuffer(new AnswerMemory());
    const writer = new AnswerWriter(buffer);
    const taken = Array.from({ length: 3 }, (_, index) => {
      writer.success(index, filled(3, index), 0, 3);
      return buffer.take();
    });
    expect(taken.map((answers) => payloadIn(answers))).toEqual([filled(3, 0), filled(3, 1), filled(3, 2)]);
    const [first, second] = taken;
    buffer.written(second!);
    expect(payloadIn(second!)).toEqual(filled(3, 1));
    buffer.written(first!);
    writer.success(4, filled(3, 4), 0, 3);
    expect(buffer.take().buffer).toBe(first!.buffer);
  });

  it('makes no new memory for the answers of two turns that leave in one', () => {
    const memory = new AnswerMemory();
    const piece = memory.take();
    memory.giveBack(piece, 0);
    const buffer = new AnswerBuffer(memory);
    const writer = new AnswerWriter(buffer);
    for (let id = 0; id * 1024 < 2 * SHARE_OF_TURN; id += 1) writer.success(id, filled(32, id), 0, 32);
    expect(buffer.take().buffer).toBe(piece.buffer);
  });

  it('moves to more memory when answers take more than a piece, and gives the piece back', () => {
    const memory = new AnswerMemory();
    const piece = memory.take();
    memory.giveBack(piece, 0);
    const buffer = new AnswerBuffer(memory);
    const writer = new AnswerWriter(buffer);
    for (let id = 0; id * 1024 <= PIECE_LENGTH; id += 1) writer.success(id, filled(32, id), 0, 32);
    expect(memory.take()).toBe(piece);
    expect(piece.every((byte) => byte === 0)).toBe(true);
    const answers = buffer.take();
    expect(payloadIn(answers)).toEqual(filled(32, 0));
    expect(payloadIn(answers, PIECE_LENGTH)).toEqual(filled(32, PIECE_LENGTH / 1024));
  });
});

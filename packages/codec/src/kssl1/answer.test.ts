import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, concat } from '../test-support/bytes.js';
import {
  answerLength,
  decodeAnswer,
  encodeError,
  encodePong,
  encodeSuccess,
  ERROR_ANSWER_LENGTH,
  writeError,
  writePong,
  writeSuccess,
} from './answer.js';
import { ErrorCode } from './constants.js';
import { UnencodableMessageError } from '../errors.js';

const LONGEST_PAYLOAD = 65_528;

describe('encoding an answer', () => {
  it('writes a success, padded to 1024 bytes', () => {
    const frame = encodeSuccess(0x0102_0304, bytes('aabbcc'));
    expect(frame).toEqual(
      bytes(`01 00 03f8 01020304  11 0001 f0  12 0003 aabbcc  20 03eb ${'00'.repeat(0x3eb)}`),
    );
  });

  it('writes a pong', () => {
    const frame = encodePong(0, bytes('07'));
    expect(frame).toEqual(
      bytes(`01 00 03f8 00000000  11 0001 f2  12 0001 07  20 03ed ${'00'.repeat(0x3ed)}`),
    );
  });

  it('writes an error', () => {
    const frame = encodeError(0xffff_ffff, ErrorCode.SEALING_KEY_EXPIRED);
    expect(frame).toEqual(
      bytes(`01 00 03f8 ffffffff  11 0001 ff  12 0001 0a  20 03ed ${'00'.repeat(0x3ed)}`),
    );
    expect(frame.length).toBe(ERROR_ANSWER_LENGTH);
  });

  it('leaves the payload out when it is empty', () => {
    expect(encodeSuccess(1, bytes(''))).toEqual(
      bytes(`01 00 03f8 00000001  11 0001 f0  20 03f1 ${'00'.repeat(0x3f1)}`),
    );
  });

  it.each([
    { missing: 4, payloadLength: 1005, frameLength: 1024, end: '20 0001 00' },
    { missing: 3, payloadLength: 1006, frameLength: 1024, end: '20 0000' },
    { missing: 2, payloadLength: 1007, frameLength: 1025, end: '20 0000' },
    { missing: 1, payloadLength: 1008, frameLength: 1026, end: '20 0000' },
    { missing: 0, payloadLength: 1009, frameLength: 1024, end: 'eeeeee' },
    { missing: -1, payloadLength: 1010, frameLength: 1025, end: 'eeeeee' },
  ])('pads where $missing bytes are missing', ({ payloadLength, frameLength, end }) => {
    const frame = encodeSuccess(1, new Uint8Array(payloadLength).fill(0xee));
    expect(frame.length).toBe(frameLength);
    expect(Buffer.from(frame).readUInt16BE(2)).toBe(frameLength - 8);
    expect(frame.slice(-bytes(end).length)).toEqual(bytes(end));
  });

  it('writes into a buffer that was used before without sending what it held', () => {
    const target = new Uint8Array(4000).fill(0xdd);
    const payload = bytes('aabbcc');
    let end = writeSuccess(target, 10, 1, payload);
    expect(end).toBe(10 + answerLength(payload.length));
    end = writePong(target, end, 2, payload);
    end = writeError(target, end, 3, ErrorCode.KEY_NOT_FOUND);
    expect(target.slice(10, end)).toEqual(
      concat(encodeSuccess(1, payload), encodePong(2, payload), encodeError(3, ErrorCode.KEY_NOT_FOUND)),
    );
    expect(concat(target.slice(0, 10), target.slice(end)).every((byte) => byte === 0xdd)).toBe(true);
  });

  it('refuses a payload that does not fit into a frame', () => {
    const longest = new Uint8Array(LONGEST_PAYLOAD).fill(1);
    expect(decodeAnswer(encodeSuccess(1, longest).subarray(8))).toEqual({ kind: 'answer', payload: longest });
    expect(() => answerLength(LONGEST_PAYLOAD + 1)).toThrow(UnencodableMessageError);
    expect(() => encodeSuccess(1, new Uint8Array(LONGEST_PAYLOAD + 1))).toThrow(UnencodableMessageError);
    expect(() => encodePong(1, new Uint8Array(LONGEST_PAYLOAD + 1))).toThrow(UnencodableMessageError);
  });
});

describe('decodeAnswer', () => {
  it('reads a success, whose payload may stand before its opcode', () => {
    expect(decodeAnswer(bytes('12 0002 aabb 11 0001 f0'))).toEqual({
      kind: 'answer',
      payload: bytes('aabb'),
    });
  });

  it('reads a pong', () => {
    expect(decodeAnswer(bytes('11 0001 f2 12 0001 aa'))).toEqual({ kind: 'answer', payload: bytes('aa') });
  });

  it.each(['11 0001 f0', '11 0001 f0 12 0000'])('takes %s for an empty payload', (body) => {
    expect(decodeAnswer(bytes(body))).toEqual({ kind: 'answer', payload: bytes('') });
  });

  it.each([0x01, 0x0b, 0x00, 0x0c, 0xff])('reads error %i, known or not', (code) => {
    expect(decodeAnswer(concat(bytes('11 0001 ff 12 0001'), Uint8Array.of(code)))).toEqual({
      kind: 'error',
      code,
    });
  });

  it.each([
    ['', 'opcode_missing'],
    ['12 0001 aa', 'opcode_missing'],
    ['11 0001 15', 'opcode_of_no_answer'],
    ['11 0001 f1', 'opcode_of_no_answer'],
    ['11 0001 ff', 'error_code_length'],
    ['11 0001 ff 12 0000', 'error_code_length'],
    ['11 0001 ff 12 0002 0102', 'error_code_length'],
    ['11 0001 f0 12 0002 aa', 'item_past_end'],
    ['11 0001 f0 11 0001 f0', 'tag_twice'],
    ['11 0002 f0f0', 'opcode_length'],
  ])('tells that %s is malformed: %s', (body, reason) => {
    expect(decodeAnswer(bytes(body))).toEqual({ kind: 'malformed', reason });
  });

  it('reads back whatever is encoded', () => {
    const id = fc.nat(0xffff_ffff);
    fc.assert(
      fc.property(id, fc.uint8Array({ maxLength: 3000 }), (anyId, payload) => {
        expect(decodeAnswer(encodeSuccess(anyId, payload).subarray(8))).toEqual({ kind: 'answer', payload });
        expect(decodeAnswer(encodePong(anyId, payload).subarray(8))).toEqual({ kind: 'answer', payload });
      }),
    );
    fc.assert(
      fc.property(id, fc.constantFrom(...Object.values(ErrorCode)), (anyId, code) => {
        expect(decodeAnswer(encodeError(anyId, code).subarray(8))).toEqual({ kind: 'error', code });
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import {
  DeadlineExceededError,
  InternalError,
  KeyNotFoundError,
  KeyServerUnreachableError,
  KeyServiceClosedError,
  KeyServiceError,
  OperationCancelledError,
  SealingKeyExpiredError,
} from '../errors.js';
import { ErrorCode } from './constants.js';
import { errorCodeOf, keyServiceErrorOf } from './errors.js';

describe('errorCodeOf', () => {
  it('is the inverse of keyServiceErrorOf for every code of the protocol', () => {
    const codes = Object.values(ErrorCode);
    expect(codes).toEqual([0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b]);
    expect(codes.map((code) => errorCodeOf(keyServiceErrorOf(code)))).toEqual(codes);
  });

  it('knows a failure by its subclass too', () => {
    class VanishedKeyError extends KeyNotFoundError {}
    expect(errorCodeOf(new VanishedKeyError())).toBe(ErrorCode.KEY_NOT_FOUND);
  });

  it.each([
    new DeadlineExceededError(),
    new OperationCancelledError(),
    new KeyServerUnreachableError(),
    new KeyServiceClosedError(),
    new TypeError('a mistake of ours'),
    'a string',
    null,
    undefined,
  ])('tells the requester of %s only that it is internal', (error) => {
    expect(errorCodeOf(error)).toBe(ErrorCode.INTERNAL_ERROR);
  });
});

describe('keyServiceErrorOf', () => {
  it('says what the key server answered', () => {
    const error = keyServiceErrorOf(0x0a);
    expect(error).toBeInstanceOf(SealingKeyExpiredError);
    expect(error.message).toBe('The key server answered: sealing key expired (0x0a)');
    expect(error.code).toBe('LATCHKEY_SEALING_KEY_EXPIRED');
  });

  it('has a class of its own for every code', () => {
    const errors = Object.values(ErrorCode).map(keyServiceErrorOf);
    expect(errors.every((error) => error instanceof KeyServiceError)).toBe(true);
    expect(new Set(errors.map((error) => error.code)).size).toBe(11);
  });

  it.each([0x00, 0x0c, 0xff])('names the number of unknown error %i', (code) => {
    const error = keyServiceErrorOf(code);
    expect(error).toBeInstanceOf(InternalError);
    expect(error.message).toContain(`0x${code.toString(16).padStart(2, '0')}`);
  });
});

import { describe, expect, it } from 'vitest';
import { SealingKeys } from '../sealing/sealing-keys.js';
import { performSealing } from './sealing-operation.js';

const blob = Buffer.from('a session ticket');

describe('performSealing', () => {
  it('seals what it then unseals', () => {
    const keys = new SealingKeys([Buffer.alloc(32, 1)]);
    const sealed = performSealing({ type: 'seal', blob }, keys) as Uint8Array;
    expect(performSealing({ type: 'unseal', blob: sealed }, keys)).toEqual(blob);
  });

  it('says when the blob is too old, is none, or is too long', () => {
    let now = 1e12;
    const keys = new SealingKeys([Buffer.alloc(32, 1)], {
      lifetime: 1000,
      rotationInterval: 1000,
      now: () => now,
    });
    const sealed = performSealing({ type: 'seal', blob }, keys) as Uint8Array;
    now += 1001;
    expect(performSealing({ type: 'unseal', blob: sealed }, keys)).toBe('sealing_key_expired');
    expect(performSealing({ type: 'unseal', blob }, keys)).toBe('cryptography_failed');
    expect(performSealing({ type: 'seal', blob: Buffer.alloc(65_000) }, keys)).toBe('cryptography_failed');
  });

  it('does nothing where sealing is not configured', () => {
    expect(performSealing({ type: 'seal', blob }, undefined)).toBe('not_configured');
    expect(performSealing({ type: 'unseal', blob }, undefined)).toBe('not_configured');
  });
});

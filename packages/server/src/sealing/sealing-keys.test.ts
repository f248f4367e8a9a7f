import { randomBytes } from 'node:crypto';
import { CryptographyFailedError, SealingKeyExpiredError } from '@latchkey/codec';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SEALING_OVERHEAD, SealingKeys, type SealingOptions } from './sealing-keys.js';
import { Xaes256GcmKey } from './xaes-256-gcm.js';

const SECRET = Buffer.alloc(32, 1);
const OTHER_SECRET = Buffer.alloc(32, 2);
const TICKET = Buffer.from('the state of a session');
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

const blobs = fc.uint8Array({ maxLength: 300 });

describe('SealingKeys', () => {
  it('opens whatever it sealed', () => {
    const keys = new SealingKeys([SECRET]);
    fc.assert(
      fc.property(blobs, (blob) => {
        const sealed = keys.seal(blob);
        expect(sealed).toHaveLength(blob.length + SEALING_OVERHEAD);
        expect(new Uint8Array(keys.unseal(sealed))).toEqual(blob);
      }),
    );
  });

  it('never seals twice to the same bytes', () => {
    const keys = keysAt(START);
    const sealed = Array.from({ length: 100 }, () => Buffer.from(keys.seal(TICKET)).toString('hex'));
    expect(new Set(sealed).size).toBe(100);
  });

  it('shows nothing of the blob', () => {
    expect(Buffer.from(keysAt(START).seal(TICKET)).includes(TICKET.subarray(0, 4))).toBe(false);
  });

  it('refuses a blob of which any byte was changed', () => {
    const keys = keysAt(START);
    const sealed = keys.seal(TICKET);
    for (const index of sealed.keys()) {
      for (const change of [0x01, 0x80, 0xff]) {
        const changed = Uint8Array.from(sealed);
        changed[index] = (changed[index] ?? 0) ^ change;
        expect(() => keys.unseal(changed), `byte ${index}`).toThrow(CryptographyFailedError);
      }
    }
  });

  it('refuses a blob that was cut short or has something added', () => {
    const keys = keysAt(START);
    const sealed = keys.seal(TICKET);
    for (const length of sealed.keys()) {
      expect(() => keys.unseal(sealed.subarray(0, length)), `${length} bytes`).toThrow(
        CryptographyFailedError,
      );
    }
    expect(() => keys.unseal(Buffer.concat([sealed, Buffer.of(0)]))).toThrow(CryptographyFailedError);
  });

  it('refuses bytes that are no blob of its own, whatever they are', () => {
    const keys = new SealingKeys([SECRET]);
    const withVersion = blobs.map((bytes) => Uint8Array.of(0x01, ...bytes));
    fc.assert(
      fc.property(fc.oneof(blobs, withVersion), (bytes) => {
        expect(() => keys.unseal(bytes)).toThrow(CryptographyFailedError);
      }),
    );
  });

  it('refuses what was sealed under another secret, however old', () => {
    const sealed = new SealingKeys([OTHER_SECRET], { now: () => START }).seal(TICKET);
    for (const now of [START, START + 24 * HOUR, START + 500 * HOUR]) {
      expect(() => keysAt(now).unseal(sealed)).toThrow(CryptographyFailedError);
    }
  });

  it('opens a blob for its lifetime and says afterwards that it expired', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 0, max: 1000 }),
        (rotationInterval, lifetime, start, age) => {
          const clock = new Clock(START + start);
          const keys = new SealingKeys([SECRET], { rotationInterval, lifetime, now: clock.now });
          const sealed = keys.seal(TICKET);
          clock.time += age;
          const outcome = age <= lifetime ? TICKET : SealingKeyExpiredError.name;
          expect(outcomeOf(() => keys.unseal(sealed))).toEqual(outcome);
        },
      ),
    );
  });

  it('does not call a blob expired of which the time was changed', () => {
    const clock = new Clock(START);
    const keys = new SealingKeys([SECRET], { now: clock.now });
    const sealed = Buffer.from(keys.seal(TICKET));
    sealed.writeBigUInt64BE(BigInt(START - 1000 * HOUR), 17);
    expect(() => keys.unseal(sealed)).toThrow(CryptographyFailedError);
  });

  it('seals with another key after the rotation interval', () => {
    const clock = new Clock(START);
    const keys = new SealingKeys([SECRET], { rotationInterval: HOUR, now: clock.now });
    const first = keys.seal(TICKET);
    clock.time += HOUR - 1;
    expect(keyIdOf(keys.seal(TICKET))).toBe(keyIdOf(first));
    clock.time += 1;
    expect(keyIdOf(keys.seal(TICKET))).not.toBe(keyIdOf(first));
    expect(keys.unseal(first)).toEqual(TICKET);
  });

  it('agrees with its replicas, whose clocks may differ by five minutes', () => {
    const sealed = keysAt(START - 1).seal(TICKET);
    expect(keysAt(START).unseal(sealed)).toEqual(TICKET);
    expect(keysAt(START - 300_001).unseal(sealed)).toEqual(TICKET);
    expect(() => keysAt(START - 300_002).unseal(sealed)).toThrow(CryptographyFailedError);
  });

  it('does not open what replicas with other intervals sealed, even in intervals of the same number', () => {
    for (const time of [0, START]) {
      const sealed = keysAt(time, { rotationInterval: HOUR }).seal(TICKET);
      expect(() => keysAt(time).unseal(sealed)).toThrow(CryptographyFailedError);
    }
  });

  it('seals under its first secret and opens under all', () => {
    const before = new SealingKeys([SECRET]);
    const during = new SealingKeys([OTHER_SECRET, SECRET]);
    const after = new SealingKeys([OTHER_SECRET]);
    expect(during.unseal(before.seal(TICKET))).toEqual(TICKET);
    expect(after.unseal(during.seal(TICKET))).toEqual(TICKET);
    expect(() => before.unseal(during.seal(TICKET))).toThrow(CryptographyFailedError);
    expect(() => after.unseal(before.seal(TICKET))).toThrow(CryptographyFailedError);
  });

  it('keeps its secrets when the caller wipes them', () => {
    const secret = randomBytes(32);
    const keys = new SealingKeys([secret]);
    const replica = new SealingKeys([Buffer.from(secret)]);
    secret.fill(0);
    expect(replica.unseal(keys.seal(TICKET))).toEqual(TICKET);
  });

  it('forgets a key once nothing that it sealed can be opened any more', () => {
    const dispose = vi.spyOn(Xaes256GcmKey.prototype, 'dispose');
    const clock = new Clock(START);
    const keys = new SealingKeys([SECRET, OTHER_SECRET], {
      rotationInterval: HOUR,
      lifetime: HOUR,
      now: clock.now,
    });
    keys.seal(TICKET);
    clock.time += 2 * HOUR - 1;
    keys.seal(TICKET);
    expect(dispose).toHaveBeenCalledTimes(0);
    clock.time += HOUR;
    keys.seal(TICKET);
    expect(dispose).toHaveBeenCalledTimes(2);
    keys.dispose();
    expect(dispose).toHaveBeenCalledTimes(6);
    dispose.mockRestore();
  });

  it('seals and opens nothing once it is disposed of', () => {
    const keys = keysAt(START);
    const sealed = keys.seal(TICKET);
    keys.dispose();
    expect(() => keys.seal(TICKET)).toThrow(CryptographyFailedError);
    expect(() => keys.unseal(sealed)).toThrow(CryptographyFailedError);
  });
});

class Clock {
  time: number;

  constructor(time: number) {
    this.time = time;
  }

  readonly now = (): number => this.time;
}

function keysAt(time: number, options: SealingOptions = {}): SealingKeys {
  return new SealingKeys([SECRET], { now: () => time, ...options });
}

function outcomeOf(unseal: () => Uint8Array): Uint8Array | string {
  try {
    return unseal();
  } catch (error) {
    return error instanceof Error ? error.name : '';
  }
}

function keyIdOf(sealed: Uint8Array): string {
  return Buffer.from(sealed.subarray(1, 17)).toString('hex');
}

import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressBytes } from './addresses.js';

it.each([
  ['192.0.2.1', [192, 0, 2, 1]],
  ['::', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['2001:db8::', [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['fe80::1%eth0', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ['64:ff9b::192.0.2.33', [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 33]],
])('%s', (address, bytes) => {
  expect(addressBytes(address)).toEqual(Uint8Array.from(bytes));
});

it('gives the four bytes of an IPv4 address that comes mapped into IPv6', () => {
  expect(addressBytes('::ffff:192.0.2.1')).toEqual(Uint8Array.of(192, 0, 2, 1));
});

it.each([undefined, '', 'localhost', '/run/edge.sock', '192.0.2', '1:2:3'])('has no bytes for %s', (text) => {
  expect(addressBytes(text)).toBeUndefined();
});

it('reads every IPv6 address, however it is shortened', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      fc.pre(bytes.subarray(0, 12).some((byte) => byte !== 0 && byte !== 0xff));
      const groups = Array.from({ length: 8 }, (_, index) =>
        (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
      );
      const full = groups.join(':');
      const shortened = new URL(`http://[${full}]/`).hostname.slice(1, -1);
      expect(addressBytes(full)).toEqual(bytes);
      expect(addressBytes(shortened)).toEqual(bytes);
    }),
  );
});

it('never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
      const bytes = addressBytes(text);
      expect([undefined, 4, 16]).toContain(bytes?.length);
    }),
  );
});

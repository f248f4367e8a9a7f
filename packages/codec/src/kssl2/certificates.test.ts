import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latchkey } from '../../generated/kssl2.js';
import { bytes, concat } from '../test-support/bytes.js';
import {
  type Certificates,
  encodeCertificates,
  encodeCertificateSubscription,
  isServerName,
  readCertificates,
  readCertificateSubscription,
} from './certificates.js';
import { MAXIMUM_CHAIN_LENGTH, MAXIMUM_CHAINS, MAXIMUM_FRAME_LENGTH } from './constants.js';

const ids = fc.integer({ min: 1, max: 0xffff_ffff });
const label = fc.stringMatching(/^[a-z0-9_-]{1,20}$/);
const serverNames = fc.array(
  fc
    .tuple(fc.constantFrom('', '*.'), fc.array(label, { minLength: 1, maxLength: 4 }))
    .map(([wildcard, labels]) => `${wildcard}${labels.join('.')}`),
  { maxLength: 100 },
);
const chain = fc.array(fc.uint8Array({ minLength: 1, maxLength: 3000 }), { minLength: 1, maxLength: 10 });
const certificates = fc.record({ subscription: ids, chains: fc.array(chain, { maxLength: 4 }) });

function name(text: string): Uint8Array {
  const encoded = Buffer.from(text, 'utf8');
  return concat(Uint8Array.of(0x12, encoded.length), encoded);
}

describe('a subscription to certificates', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(ids, serverNames, (id, names) => {
        const read = readCertificateSubscription(encodeCertificateSubscription({ id, serverNames: names }));
        expect(read).toEqual({ id, serverNames: names });
      }),
    );
  });

  it('knows names in lower case only', () => {
    const read = readCertificateSubscription(concat(bytes('08 01'), name('WWW.Example')));
    expect(read).toEqual({ id: 1, serverNames: ['www.example'] });
  });

  it('ignores fields of later versions', () => {
    const read = readCertificateSubscription(concat(bytes('1a 01 ff  20 07  08 01'), name('a')));
    expect(read).toEqual({ id: 1, serverNames: ['a'] });
  });

  it.each([
    ['subscription_id', name('a')],
    ['subscription_id', concat(bytes('08 00'), name('a'))],
    ['field_twice', bytes('08 01 08 02')],
    ['field_type', bytes('0a 01 01')],
    ['field_type', bytes('08 01 10 01')],
    ['cut_off', bytes('08 01 12 05 61')],
    ['server_names', concat(bytes('08 01'), name(''))],
    ['server_names', concat(bytes('08 01'), name('a b'))],
    ['server_names', concat(bytes('08 01'), name('ä.example'))],
    ['server_names', concat(bytes('08 01'), name('www.*.example'))],
    ['server_names', concat(bytes('08 01'), name('a\nb'))],
    ['server_names', concat(bytes('08 01 12 80 02'), new Uint8Array(256).fill(0x61))],
    ['server_names', concat(bytes('08 01'), ...Array.from({ length: 101 }, () => name('a')))],
  ])('is refused with %s', (reason, message) => {
    expect(readCertificateSubscription(message)).toBe(reason);
  });
});

describe('certificates', () => {
  it('are read as they were written, into memory of their own', () => {
    fc.assert(
      fc.property(certificates, (written) => {
        const message = encodeCertificates(written);
        const read = readCertificates(message) as Certificates;
        message.fill(0);
        expect(read).toEqual(written);
      }),
    );
  });

  it('fit into a frame, as long as they may be', () => {
    const longest = [new Uint8Array(MAXIMUM_CHAIN_LENGTH).fill(1)];
    const message = encodeCertificates({
      subscription: 0xffff_ffff,
      chains: Array.from({ length: MAXIMUM_CHAINS }, () => longest),
    });
    expect(message.length).toBeLessThan(MAXIMUM_FRAME_LENGTH - 100);
    expect(readCertificates(message)).toMatchObject({ subscription: 0xffff_ffff });
  });

  it.each<[string, latchkey.kssl2.Certificates.$Properties]>([
    ['subscription_id', { chains: [] }],
    ['certificate_chain', { subscription: 1, chains: [{}] }],
    ['certificate_chain', { subscription: 1, chains: [{ certificates: [bytes('01'), bytes('')] }] }],
    [
      'certificate_chain',
      { subscription: 1, chains: Array.from({ length: 5 }, () => ({ certificates: [bytes('01')] })) },
    ],
    [
      'certificate_chain',
      { subscription: 1, chains: [{ certificates: Array.from({ length: 11 }, () => bytes('01')) }] },
    ],
    [
      'certificate_chain',
      { subscription: 1, chains: [{ certificates: [new Uint8Array(MAXIMUM_CHAIN_LENGTH), bytes('01')] }] },
    ],
  ])('are refused with %s', (reason, fields) => {
    const message = new Uint8Array(latchkey.kssl2.Certificates.encode(fields).finish());
    expect(readCertificates(message)).toBe(reason);
  });

  it('have one outcome whatever happens to their bytes', () => {
    const changes = fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { maxLength: 5 });
    fc.assert(
      fc.property(certificates, changes, fc.nat(5000), (written, replaced, end) => {
        const message = encodeCertificates(written).slice(0, end);
        for (const [place, value] of replaced) if (place < message.length) message[place] = value;
        readCertificates(message);
        readCertificateSubscription(message);
      }),
      { numRuns: 1000 },
    );
  });
});

it.each([
  ['www.example', true],
  ['*.example', true],
  ['localhost', true],
  ['', false],
  ['*', false],
  ['*.', false],
  ['a..b', false],
  ['https://a', false],
])('%j is a name that certificates are for: %s', (text, expected) => {
  expect(isServerName(text)).toBe(expected);
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameIndex, parseDistinguishedName } from './distinguished-name.js';

const attributes = fc.array(
  fc.record({
    type: fc.constantFrom('CN', 'O', 'OU', 'C', 'DC', 'EMAILADDRESS', '2.5.4.97'),
    value: fc.string({ unit: 'binary' }),
  }),
);

/** As OpenSSL escapes: ASN1_STRFLGS_ESC_2253 and ASN1_STRFLGS_ESC_CTRL. */
function escape(value: string): string {
  return value
    .replaceAll(/[\\,+"<>;]/g, String.raw`\$&`)
    .replaceAll(/\p{Cc}/gu, (character) =>
      // U+0080 and those after it have two bytes.
      Buffer.from(character)
        .toString('hex')
        .toUpperCase()
        .replaceAll(/../g, String.raw`\$&`),
    )
    .replace(/^[# ]/, String.raw`\$&`)
    .replace(/(?<=.) $/su, String.raw`\ `);
}

describe('parseDistinguishedName', () => {
  it.each([
    ['the form of Node', 'C=US\nO=Example\nCN=edge 1'],
    ['the form of RFC 4514', 'C=US,O=Example,CN=edge 1'],
    ['the form of openssl 3.0', 'C = US, O = Example, CN = edge 1'],
    ['the form of openssl 3.2', 'C=US, O=Example, CN=edge 1'],
    ['an RDN of several attributes', 'C=US\nO=Example + CN=edge 1'],
    ['types in lower case', 'c=US,o=Example,cn=edge 1'],
  ])('takes %s', (_what, text) => {
    expect(parseDistinguishedName(text)).toEqual([
      { type: 'C', value: 'US' },
      { type: 'O', value: 'Example' },
      { type: 'CN', value: 'edge 1' },
    ]);
  });

  it('takes quotes, escapes and equals signs in values', () => {
    expect(parseDistinguishedName(String.raw`O="Example, Inc.",CN=a\,b\+c\0A\C3\BC=d\ ,OU=`)).toEqual([
      { type: 'O', value: 'Example, Inc.' },
      { type: 'CN', value: 'a,b+c\nü=d ' },
      { type: 'OU', value: '' },
    ]);
  });

  it('takes an empty name', () => {
    expect(parseDistinguishedName('')).toEqual([]);
  });

  it.each(['edge 1', '=edge', 'CN="edge', 'CN=a"b', 'CN=edge\\', 'CN=edge,O'])('does not take %s', (text) => {
    expect(parseDistinguishedName(text)).toBeUndefined();
  });

  it('finds in an escaped name what was put into it, whatever separates the attributes', () => {
    fc.assert(
      fc.property(attributes, fc.constantFrom('\n', ',', ', ', ' + '), (name, separator) => {
        const text = name.map(({ type, value }) => `${type}=${escape(value)}`).join(separator);
        expect(parseDistinguishedName(text)).toEqual(name);
      }),
      { examples: [[[{ type: 'CN', value: '\u0080' }], '\n']] },
    );
  });

  it('comes to an end with any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 1000 }),
        (text) => void parseDistinguishedName(text),
      ),
    );
  });

  it('does not hang on very many spaces', () => {
    expect(parseDistinguishedName(`CN=${' '.repeat(1_000_000)}"`)).toBeUndefined();
  });
});

describe('nameIndex', () => {
  it('is the same whichever end a name begins with, and another for another name', () => {
    fc.assert(
      fc.property(attributes, attributes, (one, other) => {
        expect(nameIndex(one.toReversed())).toBe(nameIndex(one));
        const sorted = (name: typeof one) => name.map(({ type, value }) => `${type}=${value}`).sort();
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(nameIndex(one) === nameIndex(other)).toBe(same);
      }),
    );
  });

  it('does not take a value with a separator in it for two attributes', () => {
    const one = parseDistinguishedName(String.raw`CN=a\,O=b`);
    const two = parseDistinguishedName('CN=a,O=b');
    expect(nameIndex(one!)).not.toBe(nameIndex(two!));
  });
});

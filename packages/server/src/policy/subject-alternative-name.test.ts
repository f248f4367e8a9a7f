import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAlternativeNames } from './subject-alternative-name.js';

const names = fc.array(
  fc.record({
    type: fc.constantFrom('DNS', 'URI', 'email', 'IP Address', 'DirName', 'othername', 'Registered ID'),
    value: fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.constantFrom('a, DNS:b', '"a", DNS:"b"', '\\', '"'),
    ),
  }),
);

/** As Node prints a name: plain when nothing in it can be mistaken, otherwise as JSON with the comma escaped. */
function print({ type, value }: { readonly type: string; readonly value: string }): string {
  if (/^[^\p{Cc}",'\\]*$/u.test(value)) return `${type}:${value}`;
  return `${type}:${JSON.stringify(value).replaceAll(',', String.raw`\u002c`)}`;
}

describe('parseAlternativeNames', () => {
  it('takes each kind of name', () => {
    const text =
      'DNS:a.example, URI:spiffe://a/b:c, IP Address:0:0:0:0:0:0:0:1, email:a@b.c, Registered ID:1.2.3';
    expect(parseAlternativeNames(text)).toEqual([
      { type: 'DNS', value: 'a.example' },
      { type: 'URI', value: 'spiffe://a/b:c' },
      { type: 'IP Address', value: '0:0:0:0:0:0:0:1' },
      { type: 'email', value: 'a@b.c' },
      { type: 'Registered ID', value: '1.2.3' },
    ]);
  });

  it('does not take a part of a name for a name of its own (CVE-2021-44532)', () => {
    expect(parseAlternativeNames(String.raw`DNS:"a\u002c DNS:evil", URI:"x\", DNS:evil"`)).toEqual([
      { type: 'DNS', value: 'a, DNS:evil' },
      { type: 'URI', value: 'x", DNS:evil' },
    ]);
  });

  it('takes no names for none', () => {
    expect(parseAlternativeNames('')).toEqual([]);
  });

  it.each(['a.example', 'DNS:"a', 'DNS:a"b"', String.raw`DNS:"\x"`, 'DNS:a,DNS:b', String.raw`DNS:a\b`])(
    'does not take %s',
    (text) => {
      expect(parseAlternativeNames(text)).toBeUndefined();
    },
  );

  it('finds the names that Node has printed', () => {
    fc.assert(
      fc.property(names, (list) => {
        expect(parseAlternativeNames(list.map(print).join(', '))).toEqual(list);
      }),
    );
  });

  it('comes to an end with any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1000 }), (text) => void parseAlternativeNames(text)),
    );
  });
});

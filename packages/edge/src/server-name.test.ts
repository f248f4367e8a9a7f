import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseServerName, parseServerNamePattern, wildcardFor } from './server-name.js';

describe('server names', () => {
  it.each([
    ['www.example.com', 'www.example.com'],
    ['WWW.Example.COM', 'www.example.com'],
    ['localhost', 'localhost'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['_acme.example.com', '_acme.example.com'],
  ])('%s is read', (name, expected) => {
    expect(parseServerName(name)).toBe(expected);
  });

  it.each([
    '',
    '.',
    'a..b',
    '.example.com',
    'example.com.',
    '-a.example',
    'a-.example',
    '*.example.com',
    'exämple.com',
    'a b',
    'a\n',
    'a/../b',
    `${'a'.repeat(64)}.example`,
    'a.'.repeat(127),
  ])('%j is not', (name) => {
    expect(parseServerName(name)).toBeUndefined();
  });

  it('never hold anything but letters, digits, hyphens, underscores and dots, whatever comes in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.domain()), (text) => {
        expect(parseServerName(text) ?? '').toMatch(/^[a-z0-9._-]*$/);
      }),
    );
  });
});

describe('server name patterns', () => {
  it('are host names, or have an asterisk for their first label', () => {
    expect(parseServerNamePattern('Example.com')).toBe('example.com');
    expect(parseServerNamePattern('*.Example.com')).toBe('*.example.com');
  });

  it.each(['*', '*.', 'a.*.com', '*.*.com', '*a.com'])('%j is none', (pattern) => {
    expect(parseServerNamePattern(pattern)).toBeUndefined();
  });

  it('cover exactly one label', () => {
    expect(wildcardFor('www.example.com')).toBe('*.example.com');
    expect(wildcardFor('a.b.example.com')).toBe('*.b.example.com');
  });
});

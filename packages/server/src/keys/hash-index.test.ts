import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashIndex } from './hash-index.js';

describe('HashIndex', () => {
  it('finds what was added first under the same bytes, and nothing under others', () => {
    // Few different bytes, so that many share what the index looks at first.
    const hashes = fc.array(fc.uint8Array({ minLength: 0, maxLength: 6, max: 1 }));
    fc.assert(
      fc.property(hashes, fc.uint8Array({ maxLength: 6, max: 1 }), (added, other) => {
        const index = new HashIndex<number>();
        const expected = new Map<string, number>();
        for (const [value, hash] of added.entries()) {
          const name = hash.join();
          expect(index.add(hash, value)).toBe(!expected.has(name));
          if (!expected.has(name)) expected.set(name, value);
        }
        for (const hash of [...added, other])
          expect(index.find(Uint8Array.from(hash))).toBe(expected.get(hash.join()));
      }),
    );
  });
});

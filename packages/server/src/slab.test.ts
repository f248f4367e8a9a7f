import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slab } from './slab.js';

describe('Slab', () => {
  it('keeps copies of any length, each for itself', () => {
    const pieces = fc.array(fc.tuple(fc.uint8Array({ maxLength: 4000 }), fc.nat(80), fc.nat(80)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(pieces, (drawn) => {
        const slab = new Slab();
        const copies = drawn.map(([bytes, before, after]) => {
          const among = Uint8Array.from([...new Uint8Array(before), ...bytes, ...new Uint8Array(after)]);
          const copy = slab.copy(among, before, before + bytes.length);
          among.fill(0xff);
          return copy;
        });
        expect(copies).toEqual(drawn.map(([bytes]) => bytes));
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { table } from './table.js';

describe('table', () => {
  it('lines cells up under their headings', () => {
    expect(
      table(
        [{ heading: 'file' }, { heading: 'bits', alignment: 'right' }, { heading: 'type' }],
        [
          ['a-long-name.key', '256', 'ecdsa'],
          ['b.key', '2048', 'rsa'],
        ],
      ),
    ).toEqual(['file             bits  type', 'a-long-name.key   256  ecdsa', 'b.key            2048  rsa']);
  });
});

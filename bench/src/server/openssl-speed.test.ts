import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSignatureCount } from './openssl-speed.js';

describe('parseSignatureCount', () => {
  it.each([
    ['+R1:2976:2048:0.94', 2976, 0.94],
    ['+R5:923:384:0.74', 923, 0.74],
    ['+R8:19593:253:Ed25519:0.87', 19_593, 0.87],
  ])('reads what openssl prints of signatures: %s', (line, signatures, cpuSeconds) => {
    expect(parseSignatureCount(line)).toEqual({ signatures, cpuSeconds });
  });

  it.each(['+DTP:2048:private:rsa:1', '+F2:2:2048:3165.957447:60236.170213', '+R1::2048:0.94', '', 'RSA'])(
    'leaves other lines: %j',
    (line) => {
      expect(parseSignatureCount(line)).toBeUndefined();
    },
  );

  it('reads every count and no text that is not one', () => {
    const count = fc.record({ signatures: fc.nat(), hundredths: fc.nat(100_000), kind: fc.nat(9) });
    fc.assert(
      fc.property(count, ({ signatures, hundredths, kind }) => {
        const cpuSeconds = hundredths / 100;
        const line = `+R${kind}:${signatures}:256:${cpuSeconds.toFixed(2)}`;
        expect(parseSignatureCount(line)).toEqual({ signatures, cpuSeconds });
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseSignatureCount(`${text}:`)).toBeUndefined();
      }),
    );
  });
});

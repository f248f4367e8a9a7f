import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CurveArithmeticState, MultiBuffer } from '@latchkey/native';
import { array, constantFrom, nat, record, sample, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasAvx512Ifma } from './avx512-ifma.js';

const curves = ['P-256', 'P-384'] as const;
const schemes = ['ecdsa_sha1', 'ecdsa_sha224', 'ecdsa_sha256', 'ecdsa_sha384', 'ecdsa_sha512'] as const;
const keys = curves.map((namedCurve) =>
  Array.from({ length: 3 }, () => generateKeyPairSync('ec', { namedCurve })),
);

interface Request {
  readonly curve: number;
  readonly key: number;
  readonly scheme: (typeof schemes)[number];
  /** In hexadecimal. */
  readonly message: string;
}

interface Outcome {
  readonly state: MultiBuffer;
  /** Of each batch, in base64. */
  readonly signatures: readonly (readonly string[])[];
}

// Performs batches with the keys, and says how.
const program = `
  import { BatchReader, BatchStatus, BatchWriter, OperationCode, PrivateKey, multiBuffer, performBatch }
    from ${JSON.stringify(import.meta.resolve('@latchkey/native'))};
  import { readFileSync } from 'node:fs';
  const { files, batches } = JSON.parse(readFileSync(0, 'utf8'));
  const keys = files.map((ofCurve) => ofCurve.map((file) => PrivateKey.parse(Buffer.from(file))));
  const signatures = batches.map((batch) => {
    const writer = new BatchWriter();
    for (const { curve, key, scheme, message } of batch)
      writer.add(keys[curve][key].handle, OperationCode[scheme], Buffer.from(message, 'hex'), { payloadIsMessage: true });
    const reader = new BatchReader(performBatch(writer.finish()));
    return batch.map((_, index) =>
      reader.status(index) === BatchStatus.ok ? Buffer.from(reader.answer(index)).toString('base64') : 'none');
  });
  console.log(JSON.stringify({ state: multiBuffer(), signatures }));
`;

function run(choice: string, batches: readonly (readonly Request[])[]): Outcome {
  const files = keys.map((ofCurve) =>
    ofCurve.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' })),
  );
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, LATCHKEY_CRYPTO_MB: 'off', LATCHKEY_CURVES: choice },
    input: JSON.stringify({ files, batches }),
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(output) as Outcome;
}

function isRight({ curve, key, scheme, message }: Request, signature: string): boolean {
  const publicKey: KeyObject = keys[curve]![key]!.publicKey;
  return verify(
    scheme.slice('ecdsa_'.length),
    Buffer.from(message, 'hex'),
    publicKey,
    Buffer.from(signature, 'base64'),
  );
}

function expectAllRight(batches: readonly (readonly Request[])[], { signatures }: Outcome): void {
  expect(signatures.map((batch) => batch.length)).toEqual(batches.map((batch) => batch.length));
  for (const [index, batch] of batches.entries()) {
    for (const [position, request] of batch.entries())
      expect(isRight(request, signatures[index]![position]!)).toBe(true);
  }
}

const request = record({
  curve: nat(curves.length - 1),
  key: nat(2),
  scheme: constantFrom(...schemes),
  message: uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes).toString('hex')),
});
const lanes: CurveArithmeticState = hasAvx512Ifma() ? 'avx512_ifma' : 'unsupported_cpu';
const lanesOrPortable: CurveArithmeticState = hasAvx512Ifma() ? 'avx512_ifma' : 'portable';

describe.each([
  ['', { p256: lanes, p384: lanesOrPortable, ed25519: lanes }],
  ['portable', { p256: 'unsupported_cpu', p384: 'portable', ed25519: 'unsupported_cpu' }],
  ['off', { p256: 'off', p384: 'off', ed25519: 'off' }],
  ['offf', { p256: 'off', p384: 'off', ed25519: 'off' }],
] as const)('LATCHKEY_CURVES=%s', (choice, states) => {
  it('does what it says', () => {
    const { curves: found } = run(choice, []).state;
    const foundStates = Object.fromEntries(Object.entries(found).map(([curve, { state }]) => [curve, state]));
    expect(foundStates).toEqual(states);
    for (const [curve, { state, reason, costs }] of Object.entries(found)) {
      const isInUse = state === 'avx512_ifma' || state === 'portable';
      expect(reason === '').toBe(isInUse);
      // Ed25519 takes one of them for the check of the others.
      const ofVector = curve === 'ed25519' ? 7 : 8;
      expect(costs?.lanes).toBe(isInUse ? (state === 'portable' ? 1 : ofVector) : undefined);
      const { callMicroseconds = NaN, opensslMicroseconds = NaN, breakEven = NaN } = costs ?? {};
      expect(breakEven).toBe(Math.ceil(callMicroseconds / opensslMicroseconds));
    }
  });

  it('every signature of a mixed batch of any size verifies', () => {
    const batches = sample(array(request, { minLength: 1, maxLength: 60 }), 30);
    expectAllRight(batches, run(choice, batches));
  });

  it('every signature of a large batch verifies', () => {
    const batches = curves.map((_, curve) =>
      Array.from({ length: 700 }, (__, index) => ({
        curve,
        key: index % 3,
        scheme: schemes[index % schemes.length]!,
        message: randomBytes(index % 70).toString('hex'),
      })),
    );
    expectAllRight(batches, run(choice, batches));
  });

  it('no nonce is used twice, not for the same message and key either', () => {
    const same = { key: 0, scheme: 'ecdsa_sha256', message: '' } as const;
    const batches = Array.from({ length: 20 }, (_, index) =>
      Array.from({ length: 100 }, () => ({ ...same, curve: index % 2 })),
    );
    const r = run(choice, batches)
      .signatures.flat()
      .map((signature) => {
        const bytes = Buffer.from(signature, 'base64');
        const start = bytes[1] === 0x81 ? 3 : 2;
        return bytes.subarray(start + 2, start + 2 + bytes[start + 1]!).toString('hex');
      });
    expect(new Set(r).size).toBe(20 * 100);
  });
});

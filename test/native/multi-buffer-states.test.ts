import { execFileSync } from 'node:child_process';
import { constants, generateKeyPairSync, verify } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MultiBuffer } from '@latchkey/native';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithCryptoMb } from './crypto-mb.js';

const directory = mkdtempSync(join(tmpdir(), 'latchkey-multi-buffer-'));
const faulty = join(directory, 'libfaulty_crypto_mb.so');
const faultsWhen = join(directory, 'faults');
const message = Buffer.from('what the visitor and the edge agreed on');
const batchSize = 24;
const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
};

interface Outcome {
  readonly before: MultiBuffer;
  readonly after: MultiBuffer;
  readonly signatures: Readonly<Record<keyof typeof keys, readonly string[]>>;
}

// Asks for the state, has faults begin if they are to, and signs with each key. Says what came of it.
const program = `
  import { BatchReader, BatchStatus, BatchWriter, OperationCode, PrivateKey, multiBuffer, performBatch }
    from ${JSON.stringify(import.meta.resolve('@latchkey/native'))};
  import { readFileSync, writeFileSync } from 'node:fs';
  const { files, schemes, message, batchSize, faults } = JSON.parse(readFileSync(0, 'utf8'));
  const before = multiBuffer();
  if (faults !== undefined) writeFileSync(faults, '');
  const signatures = {};
  for (const [name, file] of Object.entries(files)) {
    const key = PrivateKey.parse(Buffer.from(file));
    const writer = new BatchWriter();
    for (let count = 0; count < batchSize; count += 1)
      writer.add(key.handle, OperationCode[schemes[name]], Buffer.from(message), { payloadIsMessage: true });
    const reader = new BatchReader(performBatch(writer.finish()));
    signatures[name] = Array.from({ length: batchSize }, (_, index) =>
      reader.status(index) === BatchStatus.ok ? Buffer.from(reader.answer(index)).toString('base64') : 'none');
  }
  console.log(JSON.stringify({ before, after: multiBuffer(), signatures }));
`;

function run(choice: string, environment: Readonly<Record<string, string>> = {}, faults?: string): Outcome {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    // Otherwise our own arithmetic would take P-384 from the library.
    env: { ...process.env, ...environment, LATCHKEY_CRYPTO_MB: choice, LATCHKEY_CURVES: 'off' },
    input: JSON.stringify({
      files: {
        rsa: keys.rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }),
        p384: keys.p384.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      },
      schemes: { rsa: 'rsa_pss_sha256', p384: 'ecdsa_sha384' },
      message: message.toString(),
      batchSize,
      faults,
    }),
  });
  return JSON.parse(output) as Outcome;
}

function expectAllToVerify({ signatures }: Outcome): void {
  const padding = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  for (const signature of signatures.rsa)
    expect(
      verify('sha256', message, { key: keys.rsa.publicKey, ...padding }, Buffer.from(signature, 'base64')),
    ).toBe(true);
  for (const signature of signatures.p384)
    expect(verify('sha384', message, keys.p384.publicKey, Buffer.from(signature, 'base64'))).toBe(true);
}

afterAll(() => rmSync(directory, { recursive: true }));

describe('without crypto_mb', () => {
  it('OpenSSL signs where it is turned off', () => {
    const outcome = run('off');
    expect(outcome.after).toEqual({
      state: 'off',
      reason: 'LATCHKEY_CRYPTO_MB=off',
      algorithms: {},
      failures: 0,
      curves: {
        p256: { state: 'off', reason: 'LATCHKEY_CURVES=off' },
        p384: { state: 'off', reason: 'LATCHKEY_CURVES=off' },
        ed25519: { state: 'off', reason: 'LATCHKEY_CURVES=off' },
      },
    });
    expectAllToVerify(outcome);
  });
});

describeWithCryptoMb('a library', (library) => {
  it('that is not there is absent, and OpenSSL signs as if it were turned off', () => {
    const outcome = run('/nowhere/libcrypto_mb.so');
    expect(outcome.after).toEqual({ ...run('off').after, state: 'absent', reason: outcome.after.reason });
    expect(outcome.after.reason).toContain('/nowhere/libcrypto_mb.so');
    expectAllToVerify(outcome);
  });

  it('that is no library is absent', () => {
    const file = join(directory, 'text');
    writeFileSync(file, 'this is no library');
    const outcome = run(file);
    expect(outcome.after.state).toBe('absent');
    expectAllToVerify(outcome);
  });

  it('that is another one is refused', () => {
    const file = join(directory, 'libother.so');
    execFileSync('g++', ['-shared', '-fPIC', '-x', 'c++', '-o', file, '/dev/null']);
    const outcome = run(file);
    expect(outcome.after).toMatchObject({ state: 'refused', reason: 'it has no mbx_getversion' });
    expectAllToVerify(outcome);
  });

  describe('that computes wrongly', () => {
    beforeAll(() => {
      const source = fileURLToPath(new URL('faulty-crypto-mb.cc', import.meta.url));
      execFileSync('g++', ['-shared', '-fPIC', '-std=c++17', '-o', faulty, source]);
    });

    function runFaulty(what: string, from: 'start' | 'self-test' | 'never'): Outcome {
      rmSync(faultsWhen, { force: true });
      if (from === 'start') writeFileSync(faultsWhen, '');
      const environment = { FAULTY_LIBRARY: library, FAULTY_WHAT: what, FAULTY_WHEN: faultsWhen };
      return run(faulty, environment, from === 'self-test' ? faultsWhen : undefined);
    }

    it('is in use as long as it does not', () => {
      const outcome = runFaulty('half', 'never');
      expect(existsSync(faultsWhen)).toBe(false);
      expect(outcome.after).toMatchObject({ state: 'in_use', reason: '', failures: 0 });
      expectAllToVerify(outcome);
    });

    it.each([
      ['half', 'rsa_2048'],
      ['lane', 'rsa_2048'],
      ['ed25519', 'ed25519'],
    ])('is refused by the self-test: %s', (what, algorithm) => {
      const outcome = runFaulty(what, 'start');
      const reason = `it failed its self-test of ${algorithm}`;
      expect(outcome.before).toMatchObject({ state: 'refused', reason, algorithms: {} });
      expect(outcome.after.failures).toBe(0);
      expectAllToVerify(outcome);
    });

    it('lets no signature leave whose one half is wrong', () => {
      const outcome = runFaulty('half', 'self-test');
      expect(outcome.before.state).toBe('in_use');
      // Each was computed, found to be wrong and done again.
      expect(outcome.after.failures).toBe(batchSize);
      expectAllToVerify(outcome);
    });

    it('has OpenSSL do what a lane fails to do', () => {
      const outcome = runFaulty('lane', 'self-test');
      expect(outcome.before.state).toBe('in_use');
      expect(outcome.after.failures).toBe((2 * batchSize) / 8);
      expectAllToVerify(outcome);
    });
  });
});

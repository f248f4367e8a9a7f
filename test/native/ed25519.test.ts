import { execFile, execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { array, nat, record, sample, uint8Array } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { hasAvx512Ifma } from './avx512-ifma.js';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('../../packages/native/cc/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'latchkey-ed25519-'));
const program = join(directory, 'sign-ed25519');
const keys = Array.from({ length: 3 }, () => generateKeyPairSync('ed25519'));

/** RFC 8032, section 5.1. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
/** x = 0, y = 1. */
const neutralElement = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);
const windowBits = 7n;
const windows = 37n;

interface Signing {
  readonly key: number;
  readonly message: Uint8Array;
  /** None: the one that the engine makes. */
  readonly nonce?: bigint;
}

beforeAll(() => build(program, '-O2'), 300_000);

afterAll(() => rmSync(directory, { recursive: true }));

describe.each(hasAvx512Ifma() ? ['words', 'lanes'] : ['words'])('the engine of %s', (engine) => {
  async function signWithEngine(signings: readonly Signing[]): Promise<string[]> {
    const child = run(program, [engine], { maxBuffer: 2 ** 26 });
    child.child.stdin!.end(toLines(signings));
    return (await child).stdout.trim().split('\n');
  }

  it('signs as OpenSSL does, messages of every length in batches of every size', async () => {
    const lengths = Array.from({ length: 301 }, (_, length) => length);
    for (const size of [1, 2, 7, 8, 9, 15, 16, 17, 301]) {
      for (let start = 0; start < lengths.length; start += size) {
        if (size < 15 && start > 5 * size) break;
        const signings = lengths.slice(start, start + size).map((length) => toSigning(length, length));
        expect(await signWithEngine(signings)).toEqual(signings.map(signWithOpenssl));
      }
    }
  });

  it('signs as OpenSSL does, thousands of messages of random lengths', async () => {
    const signings = Array.from({ length: 3000 }, (_, index) => toSigning(index, (index * 7919) % 2500));
    expect(await signWithEngine(signings)).toEqual(signings.map(signWithOpenssl));
  });

  it('nonces of every shape that the windows can have, not reduced ones too', async () => {
    const signings = [...nonceShapes()].map((nonce, index) => ({ ...toSigning(index, 40), nonce }));
    const signatures = await signWithEngine(signings);
    expect(signatures).toHaveLength(signings.length);
    for (const [index, { key, message, nonce }] of signings.entries()) {
      const signature = Buffer.from(signatures[index]!, 'hex');
      const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
      // What R is, OpenSSL says: S * B = R + k * A; and S is what it must be. From 3.5 on it takes no neutral element.
      const isRight =
        nonce % order === 0n
          ? r.equals(neutralElement)
          : verify(null, message, keys[key]!.publicKey, signature);
      expect(isRight).toBe(true);
      const { scalar, publicKey } = numbersOf(key);
      const k = toNumber(createHash('sha512').update(r).update(publicKey).update(message).digest());
      expect(toNumber(s)).toBe((nonce + k * toNumber(scalar)) % order);
    }
  });
});

describeWith('valgrind', [{ needs: 'valgrind', debianPackage: 'valgrind' }], () => {
  const watched = join(directory, 'sign-with-undefined-keys');

  // As it is shipped: with -O3.
  beforeAll(() => build(watched, '-O3', '-DSECRETS_ARE_UNDEFINED'), 300_000);

  async function signWatched(...more: string[]): Promise<string> {
    const command = ['-q', '--error-exitcode=9', watched, 'words', ...more];
    // What LD_PRELOAD brings when the sanitizers run the tests does not go with valgrind.
    const child = run('valgrind', command, { env: { ...process.env, LD_PRELOAD: '' } });
    child.child.stdin!.end(toLines([toSigning(0, 0), toSigning(1, 130), toSigning(2, 300)]));
    return (await child).stdout;
  }

  it('sees no branch and no address that depends on a secret', async () => {
    expect((await signWatched()).trim().split('\n')).toHaveLength(3);
  });

  it('would see one', async () => {
    await expect(signWatched('and print what is secret')).rejects.toMatchObject({
      code: 9,
      stderr: expect.stringContaining('depends on uninitialised value') as string,
    });
  });
});

// Performs batches with the keys.
const batches = `
  import { BatchReader, BatchStatus, BatchWriter, OperationCode, PrivateKey, performBatch }
    from ${JSON.stringify(import.meta.resolve('@latchkey/native'))};
  import { readFileSync } from 'node:fs';
  const { files, batches } = JSON.parse(readFileSync(0, 'utf8'));
  const keys = files.map((file) => PrivateKey.parse(Buffer.from(file)));
  const signatures = batches.map((batch) => {
    const writer = new BatchWriter();
    for (const { key, message } of batch)
      writer.add(keys[key].handle, OperationCode.ed25519, Buffer.from(message, 'hex'));
    const reader = new BatchReader(performBatch(writer.finish()));
    return batch.map((_, index) =>
      reader.status(index) === BatchStatus.ok ? Buffer.from(reader.answer(index)).toString('hex') : 'none');
  });
  console.log(JSON.stringify(signatures));
`;

describe.each(['', 'off'])('the addon with LATCHKEY_CURVES=%s', (choice) => {
  function signInBatches(requests: readonly (readonly Signing[])[]): string[][] {
    const files = keys.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const inHex = requests.map((batch) =>
      batch.map(({ key, message }) => ({ key, message: Buffer.from(message).toString('hex') })),
    );
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', batches], {
      encoding: 'utf8',
      env: { ...process.env, LATCHKEY_CRYPTO_MB: 'off', LATCHKEY_CURVES: choice },
      input: JSON.stringify({ files, batches: inHex }),
      maxBuffer: 2 ** 26,
    });
    return JSON.parse(output) as string[][];
  }

  it('signs mixed batches of any size as OpenSSL does', () => {
    const request = record({ key: nat(keys.length - 1), message: uint8Array({ maxLength: 300 }) });
    const requests = sample(array(request, { minLength: 1, maxLength: 60 }), 100);
    expect(signInBatches(requests)).toEqual(requests.map((batch) => batch.map(signWithOpenssl)));
  });

  it('signs large batches as OpenSSL does, long messages among short ones', () => {
    const lengths = [0, 130, 1023, 1024, 1025, 5000, 70_000];
    const requests = [Array.from({ length: 300 }, (_, index) => toSigning(index, lengths[index % 7]!))];
    expect(signInBatches(requests)).toEqual(requests.map((batch) => batch.map(signWithOpenssl)));
  });
});

// All ends, also of what a hash can be; powers of two and what is next to them; and each digit in every window, in which
// odd nonces are as they are and even ones come after the order has been added.
function* nonceShapes(): Generator<bigint> {
  yield* [
    0n,
    1n,
    2n,
    order - 2n,
    order - 1n,
    order,
    order + 1n,
    2n * order,
    2n ** 512n - 1n,
    2n ** 512n - order,
  ];
  for (let exponent = 1n; exponent < 512n; exponent += 1n)
    yield* [2n ** exponent, 2n ** exponent - 1n, 2n ** exponent + 1n];
  for (let digit = 1n; digit < 2n ** windowBits; digit += 2n) {
    let [all, alternating] = [0n, 0n];
    for (let window = 0n; window < windows - 1n; window += 1n) {
      all += digit << (window * windowBits);
      alternating += (window % 2n === 0n ? digit : -digit) << (window * windowBits);
    }
    yield* [all, order - (all % order), alternating < 0n ? -alternating : alternating];
  }
}

async function build(output: string, ...options: string[]): Promise<void> {
  const names = ['multiples', 'sha512_input', 'word_engine', 'lane_engine'];
  const units = names.map((name) => `${sources}keys/curves/${name}.cc`);
  const main = fileURLToPath(new URL('sign-ed25519.cc', import.meta.url));
  await run('g++', ['-std=c++17', ...options, `-I${sources}`, '-o', output, main, ...units]);
}

function toSigning(index: number, length: number): Signing {
  return { key: index % keys.length, message: randomBytes(length) };
}

function toLines(signings: readonly Signing[]): string {
  const bytes = (value: Uint8Array): string => Buffer.from(value).toString('hex') || '-';
  return signings
    .map(({ key, message, nonce }) => {
      const { scalar, prefix, publicKey } = numbersOf(key);
      return [
        ...[scalar, prefix, publicKey, message].map(bytes),
        nonce === undefined ? '-' : toHex(nonce),
      ].join(' ');
    })
    .join('\n');
}

function signWithOpenssl({ key, message }: Signing): string {
  return sign(null, message, keys[key]!.privateKey).toString('hex');
}

// RFC 8032, section 5.1.5.
function numbersOf(key: number): { scalar: Buffer; prefix: Buffer; publicKey: Buffer } {
  const jwk = keys[key]!.privateKey.export({ format: 'jwk' });
  const hash = createHash('sha512')
    .update(Buffer.from(jwk.d ?? '', 'base64url'))
    .digest();
  hash[0]! &= 0xf8;
  hash[31] = (hash[31]! & 0x7f) | 0x40;
  return {
    scalar: hash.subarray(0, 32),
    prefix: hash.subarray(32),
    publicKey: Buffer.from(jwk.x ?? '', 'base64url'),
  };
}

// Of 64 bytes, the least significant first.
function toHex(number: bigint): string {
  const bytes = Buffer.from(number.toString(16).padStart(128, '0'), 'hex');
  return Buffer.from(bytes.toReversed()).toString('hex');
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
}

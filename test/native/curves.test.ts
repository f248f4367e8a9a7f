import { execFile } from 'node:child_process';
import { createECDH, createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { hasAvx512Ifma } from './avx512-ifma.js';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('../../packages/native/cc/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'latchkey-curves-'));
const program = join(directory, 'sign-with-nonces');
const vectors = '/usr/lib/python3/dist-packages/cryptography_vectors/asymmetric/ECDSA/FIPS_186-3/SigGen.txt';

interface Curve {
  readonly name: 'p256' | 'p384';
  readonly inVectors: string;
  readonly inOpenssl: string;
  readonly bits: bigint;
  readonly n: bigint;
  /** The single odd nonce that the arithmetic has no answer for: see MultiplyBase in ecdsa.h. */
  readonly exception: bigint;
  /** RFC 6979, appendices A.2.5 and A.2.6: the messages "sample" and "test" with the hash of the curve's length. */
  readonly deterministic: {
    readonly hash: string;
    readonly key: bigint;
    readonly signatures: readonly Vector[];
  };
}

interface Vector {
  readonly message: string;
  readonly nonce: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

interface Signing {
  readonly nonce: bigint;
  readonly key: bigint;
  readonly digest: bigint;
}

const n256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const n384 = BigInt(
  '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
);
const curves: readonly Curve[] = [
  {
    name: 'p256',
    inVectors: 'P-256',
    inOpenssl: 'prime256v1',
    bits: 256n,
    n: n256,
    exception: 30n * 2n ** 252n - n256,
    deterministic: {
      hash: 'sha256',
      key: 0xc9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721n,
      signatures: [
        {
          message: 'sample',
          nonce: 0xa6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60n,
          r: 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716n,
          s: 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8n,
        },
        {
          message: 'test',
          nonce: 0xd16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0n,
          r: 0xf1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367n,
          s: 0x019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083n,
        },
      ],
    },
  },
  {
    name: 'p384',
    inVectors: 'P-384',
    inOpenssl: 'secp384r1',
    bits: 384n,
    n: n384,
    exception: 126n * 2n ** 378n - n384,
    deterministic: {
      hash: 'sha384',
      key: BigInt(
        '0x6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5',
      ),
      signatures: [
        {
          message: 'sample',
          nonce: BigInt(
            '0x94ed910d1a099dad3254e9242ae85abde4ba15168eaf0ca87a555fd56d10fbca2907e3e83ba95368623b8c4686915cf9',
          ),
          r: BigInt(
            '0x94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46',
          ),
          s: BigInt(
            '0x99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
          ),
        },
        {
          message: 'test',
          nonce: BigInt(
            '0x015ee46a5bf88773ed9123a5ab0807962d193719503c527b031b4c2d225092ada71f4a459bc0da98adb95837db8312ea',
          ),
          r: BigInt(
            '0x8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023db',
          ),
          s: BigInt(
            '0xddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a5',
          ),
        },
      ],
    },
  },
];
const windowBits = 7n;

beforeAll(() => build(program, '-O2'), 300_000);

afterAll(() => rmSync(directory, { recursive: true }));

describe.each(hasAvx512Ifma() ? ['words', 'lanes'] : ['words'])('the engine of %s', (engine) => {
  describe.each(curves)('$name', (curve) => {
    async function sign(signings: readonly Signing[]): Promise<({ r: bigint; s: bigint } | undefined)[]> {
      const child = run(program, [engine, curve.name], { maxBuffer: 2 ** 26 });
      child.child.stdin!.end(toLines(curve, signings));
      return (await child).stdout
        .trim()
        .split('\n')
        .map((line) => /^(\w+) (\w+)$/.exec(line))
        .map((match) => (match === null ? undefined : { r: hex(match[1]), s: hex(match[2]) }));
    }

    // OpenSSL says what r is; and s is what it must be.
    async function expectRight(signings: readonly Signing[]): Promise<void> {
      const signatures = await sign(signings);
      expect(signatures).toHaveLength(signings.length);
      const { n } = curve;
      for (const [index, { nonce, key, digest }] of signings.entries()) {
        const { r, s } = signatures[index]!;
        expect(r).toBe(multipleOfBase(curve, nonce) % n);
        expect((s * nonce) % n).toBe((digest + key * r) % n);
        expect(s < n).toBe(true);
      }
    }

    it('RFC 6979: signatures are those of its appendix', async () => {
      const { hash, key, signatures } = curve.deterministic;
      const signings = signatures.map(({ message, nonce }) => {
        const digest = hex(createHash(hash).update(message).digest('hex'));
        return { nonce, key, digest: digest % curve.n };
      });
      expect(await sign(signings)).toEqual(signatures.map(({ r, s }) => ({ r, s })));
    });

    it('nonces of every shape that the windows can have', async () => {
      const { n } = curve;
      await expectRight(
        withNonces(
          curve,
          [...shapes(curve)].map((nonce) => nonce % n),
        ),
      );
    });

    it('negatives of those', async () => {
      const { n } = curve;
      await expectRight(
        withNonces(
          curve,
          [...shapes(curve)].map((nonce) => n - (nonce % n)),
        ),
      );
    });

    it('keys and digests at their ends', async () => {
      const { n } = curve;
      const ends = [1n, 2n, n - 2n, n - 1n, 2n ** (curve.bits - 1n)];
      const signings = ends.flatMap((key) =>
        [0n, ...ends].map((digest) => ({ nonce: random(curve), key, digest })),
      );
      await expectRight(signings);
    });

    it('thousands of random ones, in batches of every size', async () => {
      for (const size of [1, 2, 7, 8, 9, 15, 16, 17, 64, 1000])
        await expectRight(
          withNonces(
            curve,
            Array.from({ length: size }, () => random(curve)),
          ),
        );
    });

    it.each(['exception', 'its negative'])(
      'has no signature for one nonce, and does not harm others: %s',
      async (which) => {
        const nonce = which === 'exception' ? curve.exception : curve.n - curve.exception;
        const nonces = Array.from({ length: 20 }, (_, index) => (index === 9 ? nonce : random(curve)));
        const signings = withNonces(curve, nonces);
        const signatures = await sign(signings);
        expect(signatures[9]).toBeUndefined();
        for (const index of signings.keys()) {
          if (index === 9) continue;
          expect(signatures[index]?.r).toBe(multipleOfBase(curve, nonces[index]!) % curve.n);
        }
        // Only for that one.
        await expectRight(withNonces(curve, [nonce - 2n, nonce - 1n, nonce + 1n, nonce + 2n]));
      },
    );

    it('has no signature where s would be 0', async () => {
      const { n } = curve;
      const [nonce, key] = [random(curve), random(curve)];
      const digest = (n - (((multipleOfBase(curve, nonce) % n) * key) % n)) % n;
      const signatures = await sign([...withNonces(curve, [5n]), { nonce, key, digest }]);
      expect(signatures.map((signature) => signature === undefined)).toEqual([false, true]);
    });

    describeWith('CAVP vectors', [{ needs: vectors, debianPackage: 'python3-cryptography-vectors' }], () => {
      it('FIPS 186-3 SigGen: signatures are those of the vectors', async () => {
        const { signings, signatures } = cavpVectors(curve);
        expect(signings).toHaveLength(5 * 15);
        expect(await sign(signings)).toEqual(signatures);
      });
    });
  });
});

describeWith('valgrind', [{ needs: 'valgrind', debianPackage: 'valgrind' }], () => {
  const watched = join(directory, 'sign-with-undefined-nonces');

  // As it is shipped: with -O3.
  beforeAll(() => build(watched, '-O3', '-DSECRETS_ARE_UNDEFINED'), 300_000);

  async function signWatched(curve: Curve, ...more: string[]): Promise<string> {
    const command = ['-q', '--error-exitcode=9', watched, 'words', curve.name, ...more];
    // What LD_PRELOAD brings when the sanitizers run the tests does not go with valgrind.
    const child = run('valgrind', command, { env: { ...process.env, LD_PRELOAD: '' } });
    const signings = withNonces(curve, [1n, 2n, random(curve), random(curve)]);
    child.child.stdin!.end(toLines(curve, signings));
    return (await child).stdout;
  }

  it.each(curves)('sees no branch and no address that depends on a secret: $name', async (curve) => {
    expect((await signWatched(curve)).trim().split('\n')).toHaveLength(4);
  });

  it('would see one', async () => {
    await expect(signWatched(curves[1]!, 'and print what is secret')).rejects.toMatchObject({
      code: 9,
      stderr: expect.stringContaining('depends on uninitialised value') as string,
    });
  });
});

// All ends, powers of two and what is next to them, digits that are all the least, the greatest, alternating, and each
// digit in every window.
function* shapes({ n, bits }: Curve): Generator<bigint> {
  yield* [1n, 2n, 3n, n - 1n, n - 2n, n - 3n, n >> 1n, (n >> 1n) + 1n];
  for (let exponent = 1n; exponent < bits; exponent += 1n)
    yield* [2n ** exponent, 2n ** exponent - 1n, 2n ** exponent + 1n];
  const windows = (bits + windowBits - 1n) / windowBits;
  for (let digit = 1n; digit < 2n ** windowBits; digit += 2n) {
    let [all, alternating] = [0n, 0n];
    for (let window = 0n; window < windows - 1n; window += 1n) {
      all += digit << (window * windowBits);
      alternating += (window % 2n === 0n ? digit : -digit) << (window * windowBits);
    }
    yield* [all, alternating, all + (1n << ((windows - 1n) * windowBits))].map((nonce) =>
      nonce < 0n ? -nonce : nonce,
    );
  }
}

async function build(output: string, ...options: string[]): Promise<void> {
  const units = ['multiples', 'sha512_input', 'word_engine', 'lane_engine'].map(
    (name) => `${sources}keys/curves/${name}.cc`,
  );
  const main = fileURLToPath(new URL('sign-with-nonces.cc', import.meta.url));
  await run('g++', ['-std=c++17', ...options, `-I${sources}`, '-o', output, main, ...units]);
}

function toLines(curve: Curve, signings: readonly Signing[]): string {
  const number = (value: bigint): string => value.toString(16).padStart(Number(curve.bits) / 4, '0');
  return signings.map(({ nonce, key, digest }) => [nonce, key, digest].map(number).join(' ')).join('\n');
}

function withNonces(curve: Curve, nonces: readonly bigint[]): Signing[] {
  return nonces.map((nonce) => ({ nonce, key: random(curve), digest: random(curve) }));
}

function random({ n, bits }: Curve): bigint {
  return (hex(randomBytes(Number(bits) / 8 + 8).toString('hex')) % (n - 1n)) + 1n;
}

// The x of the base point's multiple.
function multipleOfBase({ inOpenssl, bits }: Curve, scalar: bigint): bigint {
  const ecdh = createECDH(inOpenssl);
  ecdh.setPrivateKey(scalar.toString(16).padStart(Number(bits) / 4, '0'), 'hex');
  return hex(ecdh.getPublicKey('hex', 'uncompressed').slice(2, 2 + Number(bits) / 4));
}

function cavpVectors(curve: Curve): { signings: Signing[]; signatures: { r: bigint; s: bigint }[] } {
  const signings: Signing[] = [];
  const signatures: { r: bigint; s: bigint }[] = [];
  for (const section of readFileSync(vectors, 'utf8').split('\n[').slice(1)) {
    const [, name, length] = /^(P-\d+),SHA-(\d+)\]/.exec(section) ?? [];
    if (name !== curve.inVectors) continue;
    for (const [, message = '', ...numbers] of section.matchAll(
      /^Msg = (\w+)\s+d = (\w+)\s+Qx = \w+\s+Qy = \w+\s+k = (\w+)\s+R = (\w+)\s+S = (\w+)/gm,
    )) {
      const [key, nonce, r, s] = numbers.map(hex) as [bigint, bigint, bigint, bigint];
      const digest = createHash(`sha${length}`).update(Buffer.from(message, 'hex')).digest('hex');
      const leftmost = hex(digest.slice(0, Number(curve.bits) / 4));
      signings.push({ nonce, key, digest: leftmost % curve.n });
      signatures.push({ r, s });
    }
  }
  return { signings, signatures };
}

function hex(digits = ''): bigint {
  return BigInt(`0x${digits}`);
}

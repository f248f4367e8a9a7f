import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('../../packages/native/cc/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'latchkey-ed25519-faults-'));
const program = join(directory, 'faulty-ed25519');

beforeAll(async () => {
  const names = ['multiples', 'sha512_input', 'word_engine'];
  const units = names.map((name) => `${sources}keys/curves/${name}.cc`);
  const main = fileURLToPath(new URL('faulty-ed25519.cc', import.meta.url));
  await run('g++', ['-std=c++17', '-O2', `-I${sources}`, '-o', program, main, ...units]);
}, 300_000);

afterAll(() => rmSync(directory, { recursive: true }));

// Steps that have no common divisor with what loops in the arithmetic repeat.
it.each([
  ['product', 101],
  ['lookup', 1],
  ['hash', 1],
])(
  'no Ed25519 signature leaves the engine that a fault in a %s has made wrong',
  async (place, step) => {
    const { stdout } = await run(program, [place, `${step}`]);
    const [, refused, wrong] = stdout.trim().split(' ').map(Number);
    expect(wrong).toBe(0);
    expect(refused).toBeGreaterThan(0);
  },
  120_000,
);

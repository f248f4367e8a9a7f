import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../../packages/native/cc/', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'latchkey-self-test-'));
let passes: (curve: string, fault: string) => boolean;

beforeAll(() => {
  const file = join(directory, 'faulty-engine.node');
  const ofCurves = ['multiples', 'sha512_input', 'word_engine', 'self_test', 'ed25519_self_test'];
  const names = [
    ...ofCurves.map((name) => `curves/${name}`),
    'multi_buffer/test_keys',
    'multi_buffer/key_numbers',
    'key',
  ];
  const units = names.map((name) => `${sources}keys/${name}.cc`);
  const main = fileURLToPath(new URL('faulty-engine.cc', import.meta.url));
  const includes = [`-I${sources}`, `-I${nodeHeaders()}`];
  execFileSync('g++', ['-shared', '-fPIC', '-std=c++17', '-O1', ...includes, '-o', file, main, ...units]);
  ({ passes } = createRequire(import.meta.url)(file) as { passes: typeof passes });
}, 300_000);

afterAll(() => rmSync(directory, { recursive: true }));

// Those that the addon itself was built against: this Node may have come without.
function nodeHeaders(): string {
  const settings = readFileSync(join(sources, '..', 'build', 'config.gypi'), 'utf8');
  const nodeDirectory = /"nodedir": "([^"]+)"/.exec(settings)?.[1];
  return join(nodeDirectory ?? '', 'include', 'node');
}

describe.each(['p256', 'p384', 'ed25519'])('the self-test of %s', (curve) => {
  it('passes an engine that computes what OpenSSL does', () => {
    expect(passes(curve, 'none')).toBe(true);
  });

  it.each([
    ['a bit of one r is wrong', 'r'],
    ['a bit of one s is wrong', 's'],
    ['one signature is missing', 'failure'],
    ['two signatures are exchanged', 'exchange'],
    ['one s is another number', 'negative'],
    ['another nonce than the one given is used', 'nonce'],
  ])('refuses one where %s', (_, fault) => {
    expect(passes(curve, fault)).toBe(false);
  });
});

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findInProcessMemory, replaceInProcessMemory } from '../support/process-memory.js';

// A faulty RSA-CRT signature gives the primes away (Boneh, DeMillo and Lipton, 1997). OpenSSL checks each result, and
// computes without CRT instead where it is wrong. Here a process's key is damaged in its memory, where no check of the
// key file sees it.
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = privateKey.export({ format: 'jwk' });
const message = Buffer.from('what the visitor and the edge agreed on');

const signer = `
  import { OperationCode, PrivateKey } from ${JSON.stringify(import.meta.resolve('@latchkey/native'))};
  let key;
  process.on('message', ({ file, message }) => {
    if (file !== undefined) {
      const bytes = Buffer.alloc(file.length).map((_, index) => file[index] ^ 0xff);
      key = PrivateKey.parse(bytes);
      bytes.fill(0);
    }
    const sign = () =>
      key.perform(OperationCode.rsa_pkcs1_sha256, Buffer.from(message), { payloadIsMessage: true });
    process.send(Array.from({ length: 20 }, () => Buffer.from(sign()).toString('base64')));
  });
`;
let child: ChildProcess;

beforeAll(() => {
  child = spawn(process.execPath, ['--input-type=module', '-e', signer], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, LATCHKEY_CRYPTO_MB: 'off' },
  });
});

afterAll(async () => {
  child.kill('SIGKILL');
  await once(child, 'exit');
});

async function signatures(file?: Buffer): Promise<Buffer[]> {
  // Masked, so that what the message leaves behind in the other process is not the key.
  const masked = file && [...file].map((byte) => byte ^ 0xff);
  child.send({ file: masked, message: message.toString() });
  const [answers] = (await once(child, 'message')) as [string[]];
  return answers.map((answer) => Buffer.from(answer, 'base64'));
}

// 16 bytes out of the middle of a number, as OpenSSL holds it: least significant byte first.
function middleOf(name: 'd' | 'dp' | 'dq'): Buffer {
  const part = Buffer.from(jwk[name] ?? '', 'base64url').subarray(40, 56);
  return Buffer.from(part.toReversed());
}

function damage(name: 'd' | 'dp' | 'dq'): number {
  const right = middleOf(name);
  const wrong = Buffer.from(right);
  wrong[3]! ^= 0x10;
  return replaceInProcessMemory(child.pid!, right, wrong);
}

const isRight = (signature: Buffer): boolean => verify('sha256', message, publicKey, signature);

it('no RSA signature leaves OpenSSL whose one half a fault has damaged', async () => {
  const file = privateKey.export({ type: 'pkcs8', format: 'der' });
  expect((await signatures(file)).every(isRight)).toBe(true);

  for (const half of ['dp', 'dq'] as const) {
    expect(damage(half)).toBeGreaterThan(0);
    expect([...findInProcessMemory(child.pid!, new Map([[half, middleOf(half)]]))]).toEqual([]);
    expect((await signatures()).every(isRight)).toBe(true);
  }

  // The faults were in what OpenSSL computes with: what made those signatures right was the whole exponent.
  expect(damage('d')).toBeGreaterThan(0);
  expect((await signatures()).some(isRight)).toBe(false);
});

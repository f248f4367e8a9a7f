import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { findInProcessMemory } from '../support/process-memory.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const passphrase = 'open sesame';

// Parses the key that it is sent, uses it for as many operations as crypto_mb does at once, if it is there, and on the
// next message disposes of it.
const holder = `
  import { BatchWriter, OperationCode, PrivateKey, performBatch } from ${JSON.stringify(import.meta.resolve('@latchkey/native'))};
  process.once('message', ({ file, passphrase, scheme }) => {
    const bytes = Buffer.alloc(file.length).map((_, index) => file[index] ^ 0xff);
    const key = PrivateKey.parse(bytes, { passphrase: Buffer.from(passphrase) });
    bytes.fill(0);
    const writer = new BatchWriter();
    for (let count = 0; count < 8; count += 1)
      writer.add(key.handle, OperationCode[scheme], Buffer.from('message'), { payloadIsMessage: true });
    performBatch(writer.finish());
    process.send('held');
    process.on('message', () => {
      key.dispose();
      process.send('disposed');
    });
  });
`;

it.each([
  ['RSA in PEM', rsa, rsa.export({ type: 'pkcs8', format: 'pem' }), 'rsa_pss_sha256', ['d', 'p', 'q']],
  ['RSA in DER', rsa, rsa.export({ type: 'pkcs1', format: 'der' }), 'rsa_pkcs1_sha256', ['d', 'p', 'q']],
  ['EC in PEM', p256, p256.export({ type: 'sec1', format: 'pem' }), 'ecdsa_sha256', ['d']],
  [
    'EC in encrypted PEM',
    p256,
    p256.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }),
    'ecdsa_sha256',
    ['d'],
  ],
  [
    'Ed25519 in PEM',
    ed25519,
    ed25519.export({ type: 'pkcs8', format: 'pem' }),
    'ed25519',
    ['prefix', 'scalar', 'seed'],
  ],
] as const)('a key is wiped once it is disposed of: %s', async (_, key, file, scheme, names) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const numbers = patterns(key, names);
    // Masked, so that what the message leaves behind in the other process is not the key.
    child.send({ file: [...Buffer.from(file)].map((byte) => byte ^ 0xff), passphrase, scheme });
    expect(await once(child, 'message')).toContain('held');
    expect([...findInProcessMemory(child.pid!, numbers)].toSorted()).toEqual(names);
    child.send('dispose');
    expect(await once(child, 'message')).toContain('disposed');
    expect([...findInProcessMemory(child.pid!, numbers)]).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

// 16 bytes out of the middle of each number, as it is held: least significant byte first. The private key of Ed25519 is a
// seed, and what it signs with are the halves of its hash (RFC 8032, section 5.1.5).
function patterns(key: KeyObject, names: readonly Secret[]): Map<string, Buffer> {
  const jwk = key.export({ format: 'jwk' });
  const hash = createHash('sha512')
    .update(Buffer.from(jwk.d ?? '', 'base64url'))
    .digest();
  return new Map(
    names.map((name) => {
      if (name === 'scalar') return [name, hash.subarray(8, 24)];
      if (name === 'prefix') return [name, hash.subarray(40, 56)];
      if (name === 'seed') return [name, Buffer.from(jwk.d ?? '', 'base64url').subarray(8, 24)];
      const part = Buffer.from(jwk[name] ?? '', 'base64url').subarray(8, 24);
      return [name, Buffer.from(part.toReversed())];
    }),
  );
}

type Secret = 'd' | 'p' | 'q' | 'prefix' | 'scalar' | 'seed';

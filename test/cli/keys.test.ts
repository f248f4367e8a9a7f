import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latchkey, temporaryFolder } from './support.js';

describe('latchkey keys', () => {
  it('lists SKI, type, bits and file of each key, found in subfolders too', async () => {
    const folder = folderWithKeys();
    const { exitCode, output, errors } = await latchkey('keys', folder);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    expect(output).toMatch(/^SKI +type +bits +file$/m);
    expect(output).toMatch(new RegExp(`^[0-9a-f]{40} +ecdsa +384 +${folder}/p-384.key$`, 'm'));
    expect(output).toMatch(new RegExp(`^[0-9a-f]{40} +rsa +2048 +${folder}/sub/rsa.key$`, 'm'));
  });

  it('prints JSON with the SKI of RFC 5280', async () => {
    const folder = folderWithKeys();
    const { output } = await latchkey('keys', folder, '--json');
    const { keys, unusable } = JSON.parse(output) as {
      keys: { ski: string; file: string }[];
      unusable: unknown[];
    };
    expect(unusable).toEqual([]);
    expect(keys).toHaveLength(2);
    for (const { ski, file } of keys) expect(ski).toBe(skiOf(file));
  });

  it('names a file that cannot be used with the reason, lists the others, and exits with 1', async () => {
    const folder = folderWithKeys();
    writeFileSync(join(folder, 'broken.key'), 'not a key');
    const { exitCode, output, errors } = await latchkey('keys', folder);
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/^unusable +\S+broken\.key: \w+/m);
    expect(output).toContain('p-384.key');
  });

  it('takes a single file', async () => {
    const folder = folderWithKeys();
    const { exitCode, output } = await latchkey('keys', join(folder, 'sub/rsa.key'));
    expect(exitCode).toBe(0);
    expect(output).not.toContain('p-384.key');
  });

  it.each(['', 'nothing-there'])('exits with 1 where there is no key (%j)', async (name) => {
    const { exitCode, errors } = await latchkey('keys', join(temporaryFolder(), name));
    expect(exitCode).toBe(1);
    expect(errors).not.toBe('');
  });
});

function folderWithKeys(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sub'));
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'p-384.key'), ecdsa.privateKey.export(pem));
  writeFileSync(join(folder, 'sub/rsa.key'), rsa.privateKey.export(pem));
  return folder;
}

/** SHA-1 of the contents of the BIT STRING, which is what a PKCS#1 RSAPublicKey, or an EC point at the end of the SPKI, is. */
function skiOf(file: string): string {
  const publicKey = createPublicKey(createPrivateKey(readFileSync(file)));
  const bits =
    publicKey.asymmetricKeyType === 'rsa'
      ? publicKey.export({ type: 'pkcs1', format: 'der' })
      : publicKey.export({ type: 'spki', format: 'der' }).subarray(-97);
  return createHash('sha1').update(bits).digest('hex');
}

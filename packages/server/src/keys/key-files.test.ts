import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PassphraseSource } from '../configuration/configuration.js';
import { loadKeys } from './key-files.js';
import type { StoredKey } from './key-store.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function makeEcKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function toPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function load() {
  const { keys, problems } = await loadKeys([{ type: 'directory', path: folder }]);
  const names = [...keys].map(({ file }) => basename(file));
  return { keys, names, problems: problems.map(({ file, reason }) => [basename(file), reason]) };
}

describe('loadKeys', () => {
  it('takes every form of key file that is in use', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const ec = makeEcKey();
    const other = makeEcKey();
    const ed25519 = generateKeyPairSync('ed25519').privateKey;
    await writeFile(join(folder, 'a.key'), rsa.export({ type: 'pkcs1', format: 'pem' }));
    await writeFile(join(folder, 'b.key'), ec.export({ type: 'sec1', format: 'der' }));
    await writeFile(join(folder, 'c.key'), other.export({ type: 'pkcs8', format: 'der' }));
    await writeFile(join(folder, 'd.key'), toPem(ed25519));
    const { names, problems } = await load();
    expect(problems).toEqual([]);
    expect(names).toEqual(['a.key', 'b.key', 'c.key', 'd.key']);
  });

  it('takes encrypted keys with the passphrase from a file or the environment, beside keys that are not', async () => {
    const passphrase = 'correct horse\u00e9 ';
    const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
    await writeFile(join(folder, 'a.key'), makeEcKey().export(encrypted));
    await writeFile(join(folder, 'b.key'), toPem(makeEcKey()));
    const namesWith = async (source: PassphraseSource) => {
      const { keys, problems } = await loadKeys([{ type: 'directory', path: folder, passphrase: source }]);
      expect(problems).toEqual([]);
      return [...keys].map(({ file }) => basename(file));
    };
    await writeFile(join(folder, 'passphrase'), `${passphrase}\r\n`);
    expect(await namesWith({ type: 'file', path: join(folder, 'passphrase') })).toEqual(['a.key', 'b.key']);
    vi.stubEnv('SITE_PASSPHRASE', passphrase);
    expect(await namesWith({ type: 'environment', name: 'SITE_PASSPHRASE' })).toEqual(['a.key', 'b.key']);
    vi.unstubAllEnvs();
  });

  it('says which passphrase is missing or wrong, and serves the keys that need none', async () => {
    const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' } as const;
    await writeFile(join(folder, 'a.key'), makeEcKey().export(encrypted));
    await writeFile(join(folder, 'b.key'), toPem(makeEcKey()));
    await writeFile(join(folder, 'wrong'), 'wrong\n');
    await writeFile(join(folder, 'empty'), '\n');
    const problemsWith = async (source?: PassphraseSource) => {
      const { keys, problems } = await loadKeys([
        { type: 'directory', path: folder, ...(source && { passphrase: source }) },
      ]);
      expect([...keys].map(({ file }) => basename(file))).toEqual(['b.key']);
      return problems.map(({ message }) => message.replaceAll(folder, 'FOLDER'));
    };
    const encryptedProblem = 'FOLDER/a.key: the private key is encrypted and no passphrase was given';
    expect(await problemsWith()).toEqual([encryptedProblem]);
    expect(await problemsWith({ type: 'file', path: join(folder, 'wrong') })).toEqual([
      'FOLDER/a.key: the private key cannot be decrypted with the passphrase given',
    ]);
    expect(await problemsWith({ type: 'file', path: join(folder, 'empty') })).toEqual([
      'FOLDER: its passphrase cannot be read: there is nothing in FOLDER/empty',
      encryptedProblem,
    ]);
    expect(await problemsWith({ type: 'environment', name: 'LATCHKEY_NO_SUCH' })).toEqual([
      'FOLDER: its passphrase cannot be read: the environment variable LATCHKEY_NO_SUCH is not set',
      encryptedProblem,
    ]);
  });

  it('searches subfolders for *.key and leaves other files alone', async () => {
    await mkdir(join(folder, 'site', 'deep'), { recursive: true });
    await writeFile(join(folder, 'site', 'deep', 'site.key'), toPem(makeEcKey()));
    await writeFile(join(folder, 'site', 'site.pem'), toPem(makeEcKey()));
    expect((await load()).names).toEqual(['site.key']);
  });

  it('names a file that is no key, with the reason, and serves the others', async () => {
    await writeFile(join(folder, 'bad.key'), 'no key at all');
    await writeFile(join(folder, 'good.key'), toPem(makeEcKey()));
    await writeFile(join(folder, 'long.key'), 'x'.repeat(70_000));
    execFileSync('mkfifo', [join(folder, 'pipe.key')]);
    await symlink(join(folder, 'nowhere'), join(folder, 'link.key'));
    const { names, problems } = await load();
    expect(names).toEqual(['good.key']);
    expect(problems).toEqual([
      ['bad.key', 'this is neither a PEM nor a DER private key'],
      ['link.key', 'there is no such file or folder'],
      ['long.key', 'this file is longer than any private key'],
      ['pipe.key', 'this is not a regular file'],
    ]);
  });

  it('names a folder that is not there', async () => {
    const path = join(folder, 'missing');
    const { keys, problems } = await loadKeys([{ type: 'directory', path }]);
    expect(keys.size).toBe(0);
    expect(problems).toMatchObject([{ file: path, code: 'LATCHKEY_KEY_FILE_UNUSABLE' }]);
  });

  it('takes a key once where Kubernetes mounts it through links', async () => {
    await mkdir(join(folder, '..2026_11_22'));
    await writeFile(join(folder, '..2026_11_22', 'site.key'), toPem(makeEcKey()));
    await symlink('..2026_11_22', join(folder, '..data'));
    await symlink('..data/site.key', join(folder, 'site.key'));
    const { keys, names } = await load();
    expect(names).toEqual(['site.key']);
    expect(keys.duplicates).toEqual([]);
  });

  it('does not follow a link to a folder, so that a circle of links ends', async () => {
    await symlink('.', join(folder, 'circle.key'));
    const { names, problems } = await load();
    expect(names).toEqual([]);
    expect(problems).toEqual([['circle.key', 'this is not a regular file']]);
  });

  it('takes a single file whatever its name', async () => {
    const path = join(folder, 'private.pem');
    await writeFile(path, toPem(makeEcKey()));
    expect((await loadKeys([{ type: 'file', path }])).keys.size).toBe(1);
  });
});

describe('KeyStore', () => {
  it('finds a key by its SKI, then by the certificate digest, and never by a SKI that it does not have', async () => {
    await writeFile(join(folder, 'ec.key'), toPem(makeEcKey()));
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    await writeFile(join(folder, 'rsa.key'), toPem(rsa));
    const { keys } = await load();
    const [ecKey, rsaKey] = Array.from(keys) as [StoredKey, StoredKey];
    const certificateDigest = rsaKey.privateKey.modulusDigest!;
    expect(keys.findKey({ ski: ecKey.privateKey.ski })).toBe(ecKey);
    expect(keys.findKey({ certificateDigest })).toBe(rsaKey);
    expect(keys.findKey({ ski: ecKey.privateKey.ski, certificateDigest })).toBe(ecKey);
    expect(keys.findKey({ ski: new Uint8Array(20), certificateDigest })).toBeUndefined();
    expect(keys.findKey({ serverName: 'localhost' })).toBeUndefined();
    expect(keys.findKey({})).toBeUndefined();
  });

  it('serves a key that two files hold from the first of them and names the other', async () => {
    const pem = toPem(makeEcKey());
    await writeFile(join(folder, 'b.key'), pem);
    await writeFile(join(folder, 'a.key'), pem);
    const { keys, names } = await load();
    expect(names).toEqual(['a.key']);
    expect(keys.duplicates.map(({ file }) => basename(file))).toEqual(['b.key']);
  });
});

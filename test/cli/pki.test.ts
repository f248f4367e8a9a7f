import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TlsContext } from '@latchkey/native';
import { describe, expect, it } from 'vitest';
import { KEY_ALGORITHMS } from 'latchkey/pki';
import { describeWith } from '../support/requirements.js';
import { latchkey, temporaryFolder } from './support.js';

describe('latchkey pki', () => {
  it('fills a folder that only its owner can open with the documented files', async () => {
    const folder = join(temporaryFolder(), 'pki');
    expect(await latchkey('pki', folder)).toMatchObject({ exitCode: 0, errors: '' });

    expect(filesIn(folder)).toEqual([
      'channel/ca.pem',
      'channel/edge.key',
      'channel/edge.pem',
      'channel/key-server.key',
      'channel/key-server.pem',
      'edge.yaml',
      'keys/ecdsa.localhost.key',
      'keys/rsa.localhost.key',
      'server.yaml',
      'sites/ca.pem',
      'sites/ecdsa.localhost/chain.pem',
      'sites/rsa.localhost/chain.pem',
    ]);
    expect(modeOf(folder)).toBe('700');
    for (const file of filesIn(folder).filter((name) => name.endsWith('.key')))
      expect(modeOf(join(folder, file))).toBe('600');
  });

  it('lets the keys of ECDSA sites, and of no others, sign delegated credentials when told to', async () => {
    const folder = temporaryFolder();
    expect(await latchkey('pki', folder, '--delegation')).toMatchObject({ exitCode: 0 });
    const allows = (name: string): unknown =>
      new TlsContext({ certificateChain: readFileSync(join(folder, `sites/${name}/chain.pem`)) })
        .publicKeys[0]?.allowsDelegation;
    expect(allows('ecdsa.localhost')).toBe(true);
    expect(allows('rsa.localhost')).toBe(false);
    expect(readFileSync(join(folder, 'server.yaml'), 'utf8')).toContain('delegated_credentials: true\n');
    expect(
      readFileSync(join(folder, 'edge.yaml'), 'utf8').match(
        /delegated_credentials: true|server_names|\w+\.localhost$/gm,
      ),
    ).toEqual([
      'server_names',
      'ecdsa.localhost',
      'delegated_credentials: true',
      'server_names',
      'rsa.localhost',
    ]);
  });

  it('makes certificates for the sites, names and days that it is told, and keys that belong to them', async () => {
    const folder = temporaryFolder();
    const commandLine = ['pki', folder, '--site', 'a.example=ed25519', '--site', 'b.example', '--days', '7'];
    expect(await latchkey(...commandLine, '--key-server-name', 'keys.example')).toMatchObject({
      exitCode: 0,
    });

    for (const name of ['a.example', 'b.example']) {
      const certificate = certificateIn(folder, `sites/${name}/chain.pem`);
      expect(certificate.checkHost(name)).toBe(name);
      expect(
        certificate.checkPrivateKey(createPrivateKey(readFileSync(join(folder, `keys/${name}.key`)))),
      ).toBe(true);
    }
    const keyServer = certificateIn(folder, 'channel/key-server.pem');
    expect(keyServer.checkHost('keys.example')).toBe('keys.example');
    for (const address of ['127.0.0.1', '::1']) expect(keyServer.checkIP(address)).toBe(address);
    const days = (Date.parse(keyServer.validTo) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThanOrEqual(7);
  });

  it('leaves a folder with something in it alone', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'precious'), '');
    const { exitCode, errors } = await latchkey('pki', folder);
    expect(exitCode).toBe(1);
    expect(errors).toContain('--force');
    expect(filesIn(folder)).toEqual(['precious']);
  });

  it('with --force overwrites its own files only, and does not take over their permissions', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'keys'));
    for (const name of ['other.key', 'rsa.localhost.key']) {
      writeFileSync(join(folder, 'keys', name), 'old');
      chmodSync(join(folder, 'keys', name), 0o666);
    }
    expect(await latchkey('pki', folder, '--force')).toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(folder, 'keys/other.key'), 'utf8')).toBe('old');
    expect(readFileSync(join(folder, 'keys/rsa.localhost.key'), 'utf8')).not.toBe('old');
    expect(modeOf(join(folder, 'keys/rsa.localhost.key'))).toBe('600');
  });

  it.each([
    [['--site', '../../etc/passwd'], 'is not a host name'],
    [['--site', 'a.example=rsa-2049'], "did you mean 'rsa-2048'?"],
    [['--days', '0'], 'expected a whole number from 1 to 3650'],
    [['--edge-port', '70000'], 'expected a whole number from 0 to 65535'],
  ])('refuses %j', async (options, message) => {
    const { exitCode, errors } = await latchkey('pki', temporaryFolder(), ...options);
    expect(exitCode).toBe(2);
    expect(errors).toContain(message);
  });
});

describeWith('latchkey pki, seen by OpenSSL', [{ needs: 'openssl', debianPackage: 'openssl' }], () => {
  it('makes chains that verify strictly, whatever the key', async () => {
    const folder = temporaryFolder();
    const sites = KEY_ALGORITHMS.flatMap((algorithm) => ['--site', `${algorithm}.example=${algorithm}`]);
    await latchkey('pki', folder, ...sites);

    const verify = (purpose: string, ca: string, chain: string) =>
      promisify(execFile)(
        'openssl',
        ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', ca, '-untrusted', chain, chain],
        { cwd: folder },
      );
    await verify('sslserver', 'channel/ca.pem', 'channel/key-server.pem');
    await verify('sslclient', 'channel/ca.pem', 'channel/edge.pem');
    for (const algorithm of KEY_ALGORITHMS)
      await verify('sslserver', 'sites/ca.pem', `sites/${algorithm}.example/chain.pem`);
    await expect(verify('sslclient', 'channel/ca.pem', 'channel/key-server.pem')).rejects.toThrow('purpose');
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function certificateIn(folder: string, file: string): X509Certificate {
  return new X509Certificate(readFileSync(join(folder, file)));
}

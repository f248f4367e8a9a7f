import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { subjectKeyIdentifier } from '@latchkey/native';
import { createDevelopmentPki, LAYOUT, makeAuthority, writeDevelopmentPki } from 'latchkey/pki';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { SOFT_TOKEN_REQUIREMENTS, SoftToken } from '../pkcs11/soft-token.js';
import { describeWith } from '../support/requirements.js';
import { temporaryFolder } from './support.js';
import { ADDRESSES, connectTo, sign, skiOf, startTwoProcesses, textOf, until } from './two-processes.js';

let folder: string;

beforeEach(async () => {
  folder = temporaryFolder();
  await writeDevelopmentPki(await createDevelopmentPki(), folder, { addresses: ADDRESSES });
});

describe('a key server of two processes', () => {
  it('serves edges on a Unix socket with both, and leaves none behind', async () => {
    const path = join(folder, 'keys.sock');
    const { admin, command } = await startTwoProcesses(folder, `unix_socket: ${path}\n`);
    const ski = await skiOf(join(folder, LAYOUT.siteKey('ecdsa.localhost')));
    const clients = Array.from({ length: 4 }, () => connectTo({ path }, folder, 1));
    await Promise.all(clients.map((client) => sign(client, ski)));
    const metrics = await textOf(admin, '/metrics');
    for (const slot of [1, 2])
      expect(metrics).toContain(`latchkey_process_connections{process="${slot}"} 2\n`);
    for (const client of clients) await client.close();
    command.signal('SIGTERM');
    expect((await command.ended()).exitCode).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it('lets no edge into either that has been revoked, be it with a reload', async () => {
    const authority = await makeAuthority();
    const [server, edge, revoked] = await Promise.all([
      authority.issue({ commonName: 'key server', names: ['localhost'], usages: ['server'] }),
      authority.issue({ commonName: 'edge', usages: ['client'] }),
      authority.issue({ commonName: 'revoked edge', usages: ['client'] }),
    ]);
    const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
    write(LAYOUT.channelCa, authority.certificatePem);
    write(LAYOUT.keyServerCertificate, server.certificatePem);
    write(LAYOUT.keyServerKey, server.keyPem);
    write('list.crl', await authority.revoke({ revoked: [] }));
    const { port, admin, command } = await startTwoProcesses(folder, 'crl_files: [list.crl]\n');
    const ski = await skiOf(join(folder, LAYOUT.siteKey('ecdsa.localhost')));
    // Each connection goes to the process that has fewer.
    const signAs = async ({ certificatePem, keyPem }: typeof edge) => {
      write(LAYOUT.edgeCertificate, certificatePem);
      write(LAYOUT.edgeKey, keyPem);
      const clients = [1, 2].map(() => connectTo({ host: 'localhost', port }, folder, 1));
      const outcomes = await Promise.allSettled(clients.map((client) => sign(client, ski)));
      return { clients, outcomes: outcomes.map(({ status }) => status) };
    };
    const before = await signAs(revoked);
    expect(before.outcomes).toEqual(['fulfilled', 'fulfilled']);

    write('list.crl', await authority.revoke({ revoked: [revoked] }));
    command.signal('SIGHUP');
    await until(async () =>
      /\nlatchkey_reloads_total\{result="succeeded"\} 1\n/.test(await textOf(admin, '/metrics')),
    );
    await until(async () => {
      const signatures = await Promise.allSettled(before.clients.map((client) => sign(client, ski)));
      return signatures.every(({ status }) => status === 'rejected');
    });
    expect((await signAs(revoked)).outcomes).toEqual(['rejected', 'rejected']);
    expect((await signAs(edge)).outcomes).toEqual(['fulfilled', 'fulfilled']);
  });
});

describeWith('a key server of two processes with a PKCS#11 token', SOFT_TOKEN_REQUIREMENTS, () => {
  it('signs with its keys in both, each with a session of its own', async () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const token = await SoftToken.create({ ec: key.privateKey });
    onTestFinished(() => token.dispose());
    const configuration = join(folder, LAYOUT.serverConfiguration);
    const text = readFileSync(configuration, 'utf8');
    writeFileSync(configuration, text.replace('- dir: keys', `$&\n  - uri: ${JSON.stringify(token.uri())}`));
    const { port, admin, processes } = await startTwoProcesses(folder);
    const ski = subjectKeyIdentifier(key.publicKey.export({ type: 'spki', format: 'der' }));
    const clients = [1, 2].map(() => connectTo({ host: 'localhost', port }, folder, 1));
    const signAll = () => Promise.all(clients.map((client) => sign(client, ski)));
    await signAll();
    const metrics = await textOf(admin, '/metrics');
    for (const slot of [1, 2])
      expect(metrics).toContain(`latchkey_process_connections{process="${slot}"} 1\n`);
    expect(new Set(await token.logins()).size).toBe(2);

    process.kill(Number(processes()[0]), 'SIGKILL');
    await until(async () => /latchkey_processes_replaced_total 1\n/.test(await textOf(admin, '/metrics')));
    await signAll();
  });
});

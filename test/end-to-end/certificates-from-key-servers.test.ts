import { createPrivateKey, X509Certificate } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import {
  createDevelopmentPki,
  DEFAULT_ADDRESSES,
  LAYOUT,
  makeAuthority,
  writeDevelopmentPki,
} from 'latchkey/pki';
import { subjectKeyIdentifier } from '@latchkey/native';
import { expect, it, onTestFinished } from 'vitest';
import { latchkey, RunningCommand, startKeyServer, temporaryFolder } from '../cli/support.js';
import { PuppetKeyServer } from '../support/puppet-key-server.js';
import { startOrigin } from '../support/origin.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const siteCa = await makeAuthority();
const [first, renewed] = await Promise.all(
  [60, 30].map((minutesAgo) =>
    siteCa.issue({
      commonName: 'localhost',
      names: ['localhost'],
      usages: ['server'],
      notBefore: new Date(Date.now() - minutesAgo * 60_000),
    }),
  ),
);

const [stranger, expired] = await Promise.all([
  siteCa.issue({ commonName: 'stranger', names: ['other.example'], usages: ['server'] }),
  siteCa.issue({
    commonName: 'localhost',
    names: ['localhost'],
    usages: ['server'],
    notBefore: new Date(0),
    notAfter: new Date(Date.now() - 60_000),
  }),
]);

const OPENSSL = { needs: 'openssl', debianPackage: 'openssl' };

describeWith(
  'an edge that has names and key servers only',
  [{ needs: 'curl', debianPackage: 'curl' }, OPENSSL],
  () => {
    it('shows what the key server has, also what is new there, and goes on when that is away', async () => {
      const folder = await makeFolder();
      const serverConfiguration = join(folder, LAYOUT.serverConfiguration);
      const before = await startKeyServer(serverConfiguration);
      before.command.signal('SIGTERM');
      await before.command.ended();

      // At its start there is no key server.
      const edge = await startEdge(folder, before.port);
      expect(await readiness(edge.admin)).toMatchObject({
        problems: [
          { problem: 'key_servers_unavailable' },
          { problem: 'certificate_missing', reason: 'no key server has sent one for localhost' },
        ],
      });
      expect((await runCommand('curl', curl(folder, edge.port))).exitCode).not.toBe(0);

      const port = String(before.port);
      const keyServer = new RunningCommand(['server', '--config', serverConfiguration, '--port', port]);
      await until(async () => (await readiness(edge.admin)).ready);
      expect((await runCommand('curl', curl(folder, edge.port))).output.toString()).toContain(
        'Hello from the origin',
      );
      expect(await shownBy(edge.port)).toBe(serialOf(first));

      putChain(folder, renewed);
      keyServer.signal('SIGHUP');
      await until(async () => (await shownBy(edge.port)) === serialOf(renewed));
      expect((await runCommand('curl', curl(folder, edge.port))).output.toString()).toContain(
        'Hello from the origin',
      );

      keyServer.signal('SIGTERM');
      await keyServer.ended();
      await until(async () => !(await readiness(edge.admin)).ready);
      expect((await readiness(edge.admin)).problems).toMatchObject([{ problem: 'key_servers_unavailable' }]);
      edge.command.signal('SIGHUP');
      await until(() => edge.command.errors.includes('configuration reloaded'));
      expect((await readiness(edge.admin)).problems).toMatchObject([{ problem: 'key_servers_unavailable' }]);
    });

    it('has each key tried once, in the audit log unlike a visitor’s operation', async () => {
      const folder = await makeFolder();
      const serverConfiguration = join(folder, LAYOUT.serverConfiguration);
      appendFileSync(serverConfiguration, 'audit_log: audit.log\n');
      const { port, command: keyServer } = await startKeyServer(serverConfiguration);
      const edge = await startEdge(folder, port);
      await until(async () => (await readiness(edge.admin)).ready);
      await runCommand('curl', curl(folder, edge.port));
      putChain(folder, renewed);
      keyServer.signal('SIGHUP');
      await until(async () => (await shownBy(edge.port)) === serialOf(renewed));
      // Nothing is new for it here, so nothing is tried.
      keyServer.signal('SIGHUP');
      await until(() => keyServer.errors.match(/reloaded/g)?.length === 2);
      await runCommand('curl', curl(folder, edge.port));
      keyServer.signal('SIGTERM');
      await keyServer.ended();

      const lines = auditLines(folder);
      const [trial] = lines;
      expect(trial).toMatchObject({ scheme: 'ecdsa_sha256', result: 'ok' });
      expect(trial?.['transcript_hash']).toMatch(/^[0-9a-f]{64}$/);
      const trials = lines.filter(({ server_name: serverName }) => serverName === undefined);
      expect(trials.map(({ key }) => key)).toEqual([skiOf(first), skiOf(renewed)]);
      for (const line of trials) expect(line).not.toHaveProperty('client_ip');
      const visits = lines.filter((line) => !trials.includes(line));
      expect(new Set(visits.map(({ key }) => key))).toEqual(new Set([skiOf(first), skiOf(renewed)]));
      for (const line of visits)
        expect(line).toMatchObject({ server_name: 'localhost', client_ip: '127.0.0.1' });
    });

    it('shows them in each of several processes, also in one that takes another’s place', async () => {
      const folder = await makeFolder();
      const serverConfiguration = join(folder, LAYOUT.serverConfiguration);
      appendFileSync(serverConfiguration, 'audit_log: audit.log\n');
      const { port, command: keyServer } = await startKeyServer(serverConfiguration);
      const edge = await startEdge(folder, port, 'workers: 2\n');
      const shownByAll = async (): Promise<string[]> => {
        // They take turns.
        const shown = [await shownBy(edge.port), await shownBy(edge.port)];
        return [...new Set(shown)];
      };
      await until(async () => (await readiness(edge.admin)).ready);
      expect(await shownByAll()).toEqual([serialOf(first)]);

      putChain(folder, renewed);
      keyServer.signal('SIGHUP');
      await until(async () => (await shownByAll()).join() === serialOf(renewed));

      const processes = (): string[] =>
        readFileSync(`/proc/${edge.command.pid}/task/${edge.command.pid}/children`, 'utf8').trim().split(' ');
      const [victim] = processes();
      process.kill(Number(victim), 'SIGKILL');
      await until(() => processes().length === 2 && !processes().includes(victim!));
      await until(async () => (await readiness(edge.admin)).ready);
      expect(await shownByAll()).toEqual([serialOf(renewed)]);

      edge.command.signal('SIGTERM');
      expect(await edge.command.ended()).toMatchObject({ exitCode: 0 });
      keyServer.signal('SIGTERM');
      await keyServer.ended();
      const trials = auditLines(folder).filter(({ server_name: serverName }) => serverName === undefined);
      const keys = [skiOf(first), skiOf(renewed)].map(
        (ski) => trials.filter(({ key, result }) => key === ski && result === 'ok').length,
      );
      // Each process sees for itself.
      expect(keys).toEqual([2, 3]);
    });

    it('gets none where the policy does not let it use the key', async () => {
      const folder = await makeFolder();
      writeFileSync(join(folder, 'policy.yaml'), 'rules: []\n');
      const serverConfiguration = join(folder, LAYOUT.serverConfiguration);
      writeFileSync(
        serverConfiguration,
        `${readFileSync(serverConfiguration, 'utf8')}policy_file: policy.yaml\n`,
      );
      const { port } = await startKeyServer(serverConfiguration);
      const edge = await startEdge(folder, port);
      await until(() => edge.command.errors.includes('has no certificate for localhost'));
      expect((await readiness(edge.admin)).problems).toMatchObject([{ problem: 'certificate_missing' }]);
    });
  },
);

describeWith('a key server that sends the wrong certificates', [OPENSSL], () => {
  it('is not believed: the edge shows none of them, goes on with the right one, and the log says why', async () => {
    const folder = await makeFolder();
    const keyServer = await PuppetKeyServer.start(folder);
    for (const issued of [first, stranger, expired]) {
      keyServer.addKey(issued!.certificatePem, createPrivateKey(issued!.keyPem));
    }
    keyServer.send(stranger.certificatePem);
    const edge = await startEdge(folder, keyServer.port);
    const { command } = edge;
    const refused = `a certificate from key server 127.0.0.1:${keyServer.port} is refused: `;
    await until(() => command.errors.includes(`${refused}it is not for localhost`));
    keyServer.send(expired.certificatePem);
    await until(() => command.errors.includes(`${refused}it expired on`));
    // A key that this key server does not have.
    keyServer.send(renewed!.certificatePem);
    await until(() => command.errors.includes(`${refused}no key server signs with its key`));
    keyServer.send(first!.certificatePem, stranger.certificatePem);
    await until(() =>
      command.errors.includes(`${refused}its certificate 2 has not issued the one before it`),
    );
    expect(await readiness(edge.admin)).toMatchObject({ problems: [{ problem: 'certificate_missing' }] });

    keyServer.send(first!.certificatePem);
    await until(async () => (await readiness(edge.admin)).ready);
    const { length } = command.errors;
    for (const wrong of [stranger, expired, renewed]) keyServer.send(wrong!.certificatePem);
    const reasons = ['it is not for localhost', 'it expired on', 'no key server signs with its key'];
    await until(() => reasons.every((reason) => command.errors.slice(length).includes(refused + reason)));
    expect(await shownBy(edge.port)).toBe(serialOf(first));
  });

  it('is found out by latchkey check', async () => {
    const folder = await makeFolder();
    const keyServer = await PuppetKeyServer.start(folder);
    for (const issued of [first, stranger, expired]) {
      keyServer.addKey(issued!.certificatePem, createPrivateKey(issued!.keyPem));
    }
    const { command } = await startEdge(folder, keyServer.port);
    command.signal('SIGTERM');
    const check = async (...sent: readonly Issued[]): Promise<string> => {
      keyServer.send(...sent.map((issued) => issued!.certificatePem));
      const { output } = await latchkey('check', '--config', join(folder, LAYOUT.edgeConfiguration));
      return output;
    };
    expect(await check()).toMatch(/PROBLEM .*has no certificate for localhost that this edge may show/);
    expect(await check(stranger)).toMatch(/PROBLEM .*will not be shown to visitors: it is not for localhost/);
    expect(await check(expired)).toMatch(/PROBLEM .*will not be shown to visitors: it expired on/);
    expect(await check(first, stranger)).toContain('its certificate 2 has not issued the one before it');
    expect(await check(renewed)).toMatch(/PROBLEM .*the key server does not have this key/);
    const output = await check(first);
    expect(output).toMatch(/ok .*sends for localhost: 'localhost', valid until/);
    expect(output).toContain('signed with ecdsa_sha256 and verified');
    expect(output).toMatch(/All is well\.\n$/);
  });
});

type Issued = typeof first;

/** With the configuration of both ends, and no certificate where the edge could have it. */
async function makeFolder(): Promise<string> {
  const folder = temporaryFolder();
  await writeDevelopmentPki(await createDevelopmentPki({ sites: [{ name: 'localhost' }] }), folder);
  rmSync(join(folder, 'sites'), { recursive: true });
  for (const [index, issued] of [first, renewed].entries())
    writeFileSync(join(folder, LAYOUT.siteKeys, `${index}.key`), issued!.keyPem);
  writeFileSync(join(folder, 'site-ca.pem'), siteCa.certificatePem);
  mkdirSync(join(folder, 'chains'));
  putChain(folder, first);
  const serverConfiguration = join(folder, LAYOUT.serverConfiguration);
  const text = readFileSync(serverConfiguration, 'utf8');
  writeFileSync(serverConfiguration, `${text}certificate_dirs: [chains]\nwatch_keys: false\n`);
  return folder;
}

function putChain(folder: string, issued: Issued): void {
  const file = join(folder, 'chains/localhost.pem');
  writeFileSync(`${file}.new`, issued!.certificatePem);
  renameSync(`${file}.new`, file);
}

async function startEdge(
  folder: string,
  keyServerPort: number,
  more = '',
): Promise<{ command: RunningCommand; port: string; admin: string }> {
  const origin = await startOrigin();
  onTestFinished(() => void origin.close());
  const configuration = join(folder, LAYOUT.edgeConfiguration);
  const text = readFileSync(configuration, 'utf8')
    .replace(/^listen: .*$/m, 'listen: 127.0.0.1:0\nadmin: 127.0.0.1:0')
    .replace(':2407', `:${keyServerPort}`)
    .replace(DEFAULT_ADDRESSES.origin, `http://127.0.0.1:${(origin.address() as AddressInfo).port}`)
    .replace(/^ *certificate: .*\n/m, '');
  writeFileSync(configuration, text + more);
  const command = new RunningCommand(['edge', '--config', configuration]);
  const [, port = ''] = await command.printed(/listens on [^ ]*:(\d+)/);
  const [, admin = ''] = await command.printed(/metrics: (\S*)\/metrics\n/);
  return { command, port, admin };
}

async function readiness(
  admin: string,
): Promise<{ readonly ready: boolean; readonly problems: readonly unknown[] }> {
  return (await (await fetch(`${admin}/readyz`)).json()) as Awaited<ReturnType<typeof readiness>>;
}

function curl(folder: string, port: string): string[] {
  return ['-sS', '-4', '--cacert', join(folder, 'site-ca.pem'), `https://localhost:${port}/`];
}

/** The serial number of the certificate that visitors are shown. */
async function shownBy(port: string): Promise<string> {
  const where = ['-connect', `127.0.0.1:${port}`, '-servername', 'localhost'];
  const { output } = await runCommand('openssl', ['s_client', ...where]);
  const pem = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(output.toString())?.[0];
  return pem === undefined ? 'none' : new X509Certificate(pem).serialNumber;
}

/** What the key server has written of signatures, with `audit_log: audit.log`. */
function auditLines(folder: string): Readonly<Record<string, unknown>>[] {
  return readFileSync(join(folder, 'audit.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .filter(({ operation }) => operation === 'sign_certificate_verify');
}

function skiOf(issued: Issued): string {
  return Buffer.from(subjectKeyIdentifier(new X509Certificate(issued!.certificatePem).raw)).toString('hex');
}

function serialOf(issued: Issued): string {
  return new X509Certificate(issued!.certificatePem).serialNumber;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

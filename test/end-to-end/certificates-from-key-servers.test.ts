import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import {
  createDevelopmentPki,
  DEFAULT_ADDRESSES,
  LAYOUT,
  makeAuthority,
  writeDevelopmentPki,
} from 'latchkey/pki';
import { expect, it, onTestFinished } from 'vitest';
import { RunningCommand, startKeyServer, temporaryFolder } from '../cli/support.js';
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

describeWith(
  'an edge that has names and key servers only',
  [
    { needs: 'curl', debianPackage: 'curl' },
    { needs: 'openssl', debianPackage: 'openssl' },
  ],
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
): Promise<{ command: RunningCommand; port: string; admin: string }> {
  const origin = await startOrigin();
  onTestFinished(() => void origin.close());
  const configuration = join(folder, LAYOUT.edgeConfiguration);
  const text = readFileSync(configuration, 'utf8')
    .replace(/^listen: .*$/m, 'listen: 127.0.0.1:0\nadmin: 127.0.0.1:0')
    .replace(':2407', `:${keyServerPort}`)
    .replace(DEFAULT_ADDRESSES.origin, `http://127.0.0.1:${(origin.address() as AddressInfo).port}`)
    .replace(/^ *certificate: .*\n/m, '');
  writeFileSync(configuration, text);
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

function serialOf(issued: Issued): string {
  return new X509Certificate(issued!.certificatePem).serialNumber;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

describeWith(
  'Firefox',
  [
    { needs: 'firefox-esr', debianPackage: 'firefox-esr' },
    { needs: 'certutil', debianPackage: 'libnss3-tools' },
  ],
  () => {
    it('takes a delegated credential, which needs no operation, also when the key server has ended', async () => {
      const folder = temporaryFolder();
      const requests: string[] = [];
      const origin = createServer((request, response) => {
        requests.push(request.url ?? '');
        response.end('hello');
      });
      origin.listen(0, '127.0.0.1');
      await once(origin, 'listening');
      onTestFinished(() => void origin.close());
      const originUrl = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
      const pki = await createDevelopmentPki({ sites: [{ name: 'localhost', allowsDelegation: true }] });
      const configure = (keyServerPort: number) =>
        writeDevelopmentPki(pki, folder, {
          addresses: { keyServerPort, edgePort: 0, origin: originUrl },
          force: true,
        });
      await configure(0);
      const keyServer = await start('server', join(folder, LAYOUT.serverConfiguration));
      await configure(keyServer.port);
      const edge = await start('edge', join(folder, LAYOUT.edgeConfiguration));

      await visit(`https://localhost:${edge.port}/first`, join(folder, LAYOUT.siteCa), () =>
        requests.includes('/first'),
      );
      await keyServer.stop();
      await visit(`https://localhost:${edge.port}/second`, join(folder, LAYOUT.siteCa), () =>
        requests.includes('/second'),
      );
      const { fullHandshakes, delegatedHandshakes, operations } = (await edge.statistics()) as {
        fullHandshakes: number;
        delegatedHandshakes: number;
        operations: { sign: number };
      };
      expect(fullHandshakes).toBeGreaterThanOrEqual(2);
      expect(delegatedHandshakes).toBe(fullHandshakes);
      expect(operations.sign).toBe(0);
    });
  },
);

async function start(command: 'server' | 'edge', configuration: string): Promise<ServingCommand> {
  const serving = await ServingCommand.start([command, '--config', configuration]);
  onTestFinished(() => serving.stop());
  return serving;
}

/** Opens a page with a browser that has never been anywhere, and ends it when the page has been asked for. */
async function visit(url: string, siteCa: string, isOver: () => boolean): Promise<void> {
  const profile = temporaryFolder();
  await runCommand('certutil', ['-N', '-d', `sql:${profile}`, '--empty-password']);
  const ca = ['-n', 'site', '-t', 'C,,', '-i', siteCa];
  await runCommand('certutil', ['-A', '-d', `sql:${profile}`, ...ca]);
  const preferences = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, 'user.js'), preferences.join(''));
  const browser = spawn('firefox-esr', ['--headless', '--no-remote', '--profile', profile, url], {
    stdio: 'ignore',
    env: { ...process.env, HOME: profile },
  });
  const ended = once(browser, 'exit');
  while (!isOver()) {
    if (browser.exitCode !== null) throw new Error(`Firefox ended with ${browser.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  browser.kill('SIGTERM');
  await ended;
}

/** What it would ask of others than the edge goes to a proxy that is not there. */
const PREFERENCES = {
  'security.tls.enable_delegated_credentials': true,
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.proxy.no_proxies_on': 'localhost',
  'network.trr.mode': 5,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'app.update.disabledForTesting': true,
  'datareporting.policy.dataSubmissionEnabled': false,
  'datareporting.policy.firstRunURL': '',
  'browser.aboutwelcome.enabled': false,
  'browser.preonboarding.enabled': false,
  'termsofuse.bypassNotification': true,
  'browser.shell.checkDefaultBrowser': false,
};

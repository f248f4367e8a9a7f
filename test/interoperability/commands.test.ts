import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deploy, SITES, type Deployment } from '../support/deployment.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const REQUEST = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const GREETING = 'Hello from the origin';

let deployment: Deployment;

beforeAll(async () => {
  deployment = await deploy();
});

afterAll(async () => deployment.stop());

describeWith('curl', [{ needs: 'curl', debianPackage: 'curl' }], () => {
  for (const { name } of SITES) {
    for (const version of ['http1.1', 'http2']) {
      it(`loads the page of ${name} over ${version}`, async () => {
        const { output, errors } = await curl(name, [
          `--${version}`,
          '--write-out',
          '%{http_version}',
          url(name),
        ]);
        expect(output.toString(), errors).toContain(GREETING);
        expect(output.toString()).toMatch(version === 'http2' ? /\n2$/ : /\n1\.1$/);
      });
    }
  }

  for (const version of ['http1.1', 'http2']) {
    it(`sends and receives 20 MB intact over ${version}`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
      const [sent, received] = [join(directory, 'sent'), join(directory, 'received')];
      const body = randomBytes(20_000_000);
      await writeFile(sent, body);
      const name = 'p256.localhost';
      const { exitCode, errors } = await curl(name, [
        `--${version}`,
        '--data-binary',
        `@${sent}`,
        '--output',
        received,
        url(name),
      ]);
      expect(exitCode, errors).toBe(0);
      expect(body.equals(await readFile(received))).toBe(true);
      await rm(directory, { recursive: true });
    });
  }

  function url(name: string): string {
    return `https://${name}:${deployment.edge.port}/`;
  }

  function curl(name: string, commandLine: readonly string[]) {
    const resolve = `${name}:${deployment.edge.port}:127.0.0.1`;
    return runCommand('curl', [
      '--silent',
      '--show-error',
      '--cacert',
      deployment.siteCaFile,
      '--resolve',
      resolve,
      ...commandLine,
    ]);
  }
});

describeWith('openssl s_client', [{ needs: 'openssl', debianPackage: 'openssl' }], () => {
  const VERSIONS = [
    ['-tls1_3', 'TLSv1.3'],
    ['-tls1_2', 'TLSv1.2'],
  ] as const;
  for (const { name } of SITES) {
    for (const [option, protocol] of VERSIONS) {
      it(`loads the page of ${name} over ${protocol}`, async () => {
        const { output, errors } = await sClient(name, [option], REQUEST(name));
        expect(output.toString(), errors).toContain(GREETING);
        expect(output.toString()).toContain(`New, ${protocol}`);
        expect(output.toString()).toContain('Verify return code: 0 (ok)');
      });
    }
  }

  for (const [option, protocol] of VERSIONS) {
    it(`resumes a session of ${protocol} without an operation`, async () => {
      const name = 'p256.localhost';
      const directory = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
      const session = join(directory, 'session');
      await sClient(name, [option, '-sess_out', session], REQUEST(name));
      const before = await deployment.operations();
      const { output } = await sClient(name, [option, '-sess_in', session], REQUEST(name));
      expect(output.toString()).toContain(`Reused, ${protocol}`);
      expect(output.toString()).toContain(GREETING);
      expect(await deployment.operations()).toBe(before);
      await rm(directory, { recursive: true });
    });
  }

  function sClient(name: string, commandLine: readonly string[], input: string) {
    return runCommand(
      'openssl',
      [
        's_client',
        `-connect=127.0.0.1:${deployment.edge.port}`,
        `-servername=${name}`,
        `-CAfile=${deployment.siteCaFile}`,
        '-verify_return_error',
        `-verify_hostname=${name}`,
        ...commandLine,
      ],
      input,
    );
  }
});

describeWith('gnutls-cli', [{ needs: 'gnutls-cli', debianPackage: 'gnutls-bin' }], () => {
  for (const { name } of SITES) {
    for (const version of ['TLS1.3', 'TLS1.2']) {
      it(`loads the page of ${name} over ${version}`, async () => {
        const { output, errors } = await runCommand(
          'gnutls-cli',
          [
            `--x509cafile=${deployment.siteCaFile}`,
            `--sni-hostname=${name}`,
            `--verify-hostname=${name}`,
            `--priority=NORMAL:-VERS-ALL:+VERS-${version}`,
            `--port=${deployment.edge.port}`,
            '127.0.0.1',
          ],
          REQUEST(name),
        );
        expect(output.toString(), errors).toContain(GREETING);
        expect(output.toString()).toContain(`Description: (${version}`);
      });
    }
  }
});

import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDevelopmentPki, writeDevelopmentPki } from 'latchkey/pki';
import { beforeEach, describe, expect, it } from 'vitest';
import { RunningCommand, temporaryFolder } from './support.js';

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/latchkey.js', import.meta.url));

let folder: string;
let configuration: string;

beforeEach(async () => {
  folder = temporaryFolder();
  await writeDevelopmentPki(await createDevelopmentPki(), folder);
  configuration = join(folder, 'server.yaml');
});

/** Runs `latchkey server --validate`. */
function validate(options: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
  return spawnSync(
    process.execPath,
    [COMMAND, 'server', '--config', configuration, '--validate', ...options],
    {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    },
  );
}

describe('latchkey server --validate', () => {
  it('prints what the configuration comes to: options before the environment, that before the file', () => {
    const { status, stdout, stderr } = validate(['--port', '2411'], {
      KEYLESS_PORT: '2410',
      KEYLESS_IDLE_TIMEOUT: '30s',
      KEYLESS_PORTT: '1',
    });
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'port: 2411 # --port',
        'idle_timeout: 30s # KEYLESS_IDLE_TIMEOUT',
        `auth_cert: ${join(folder, 'channel/key-server.pem')} # line 4`,
        `  - dir: ${join(folder, 'keys')}`,
        'handshake_timeout: 10s # default',
      ]),
    );
    expect(stderr).toBe('warning  environment variable KEYLESS_PORTT means no key of the configuration\n');
  });

  it('names all that keeps a key server from serving all its keys', () => {
    writeFileSync(join(folder, 'keys/broken.key'), 'not a key');
    rmSync(join(folder, 'channel/ca.pem'));
    const { status, stderr } = validate(['--policy-file', join(folder, 'policy.yaml')]);
    expect(status).toBe(2);
    for (const file of ['keys/broken.key', 'channel/ca.pem', 'policy.yaml'])
      expect(stderr).toContain(`problem  ${join(folder, file)}: `);
  });

  it('prints no PIN', () => {
    const stores = '[{uri: "pkcs11:token=site?module-path=/nothing.so&pin-value=271828"}]';
    const { stdout, stderr } = validate([], { KEYLESS_PRIVATE_KEY_STORES: stores });
    expect(stdout).toContain('pin-value=***');
    expect(stdout + stderr).not.toContain('271828');
  });

  it('listens nowhere', async () => {
    const serving = new RunningCommand(['server', '--config', configuration, '--port', '0']);
    const [, port] = await serving.printed(/listens on [^ ]*:(\d+)/);
    expect(validate(['--port', port!]).status).toBe(0);
  });
});

describe('latchkey server', () => {
  it('says where its status page is', async () => {
    const serving = new RunningCommand([
      'server',
      '--config',
      configuration,
      '--port',
      '0',
      '--metrics-port',
      '0',
    ]);
    const [, url] = await serving.printed(/status page: (\S+)/);
    expect((await fetch(url!)).status).toBe(200);
  });
});

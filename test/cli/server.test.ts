import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDevelopmentPki, writeDevelopmentPki } from 'latchkey/pki';
import { latchkey, startKeyServer, temporaryFolder } from './support.js';

describe('latchkey server', () => {
  it('says where it listens and how many keys it has, and exits with 0 when asked to end', async () => {
    const { command, port } = await startKeyServer(join(await makePki(), 'server.yaml'));
    expect(command.output).toBe(`key server listens on 127.0.0.1:${port} with 2 keys\n`);
    command.signal('SIGTERM');
    expect(await command.ended()).toMatchObject({ exitCode: 0 });
  });

  it('names key files that it cannot serve, and serves the others', async () => {
    const folder = await makePki();
    writeFileSync(join(folder, 'keys/broken.key'), 'not a key');
    const { command } = await startKeyServer(join(folder, 'server.yaml'));
    expect(command.output).toContain(`with 2 keys; files not served: ${join(folder, 'keys/broken.key')}`);
  });

  it('lets options go before the configuration', async () => {
    const folder = await makePki();
    const nothing = join(folder, 'nothing.pem');
    const { exitCode, errors } = await latchkey(
      'server',
      '--config',
      join(folder, 'server.yaml'),
      '--auth-cert',
      nothing,
    );
    expect(exitCode).toBe(2);
    expect(errors).toContain(nothing);
  });

  it('names file, line and key of what is wrong in the configuration, and the nearest right one', async () => {
    const folder = await makePki();
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'port: 2407\nauth_crt: channel/key-server.pem\nprivate_key_stores: [{dir: keys}]\n');
    const { exitCode, errors } = await latchkey('server', '--config', file);
    expect(exitCode).toBe(2);
    expect(errors).toContain(`${file}:2:1: auth_crt`);
    expect(errors).toContain('did you mean auth_cert?');
  });

  it('says which address is taken, and exits with 1', async () => {
    const folder = await makePki();
    const { port } = await startKeyServer(join(folder, 'server.yaml'));
    const { exitCode, errors } = await latchkey(
      'server',
      '--config',
      join(folder, 'server.yaml'),
      '--port',
      String(port),
    );
    expect(exitCode).toBe(1);
    expect(errors).toContain(`port ${port}`);
  });
});

async function makePki(): Promise<string> {
  const folder = temporaryFolder();
  await writeDevelopmentPki(await createDevelopmentPki(), folder);
  return folder;
}

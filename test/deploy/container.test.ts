import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readDocuments, ROOT } from '../docs/documents.js';
import { runCommand } from '../support/run-command.js';
import { commandOf, instructionText, readContainerfile } from './containerfile.js';

describe('the container file', () => {
  it('copies what is there', () => {
    const sources = readContainerfile()
      .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from='))
      .flatMap(({ text }) => text.split(' ').slice(0, -1));
    expect(sources).toContain('.');
    for (const source of sources) expect(existsSync(join(ROOT, source)), source).toBe(true);
  });

  it('starts nothing as root', () => {
    expect(instructionText('runtime', 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    for (const stage of ['edge', 'server'])
      expect(readContainerfile().filter((each) => each.stage === stage && each.name === 'USER')).toEqual([]);
  });
});

describe.each([
  ['server', 'KEYLESS_METRICS_PORT'],
  ['edge', 'LATCHKEY_ADMIN_PORT'],
])('the health check of the container %s', (stage, variable) => {
  const check = (port: number): Promise<number | null> => checkHealth(stage, `${variable}=${port}`);

  it('finds it alive when it says so', async () => {
    expect(await check(await serve(200))).toBe(0);
  });

  it('finds it ill when it answers with an error', async () => {
    expect(await check(await serve(503))).toBe(1);
  });

  it('finds it ill when nobody can reach it', async () => {
    // Nobody listens at port 9.
    expect(await check(9)).toBe(1);
  });
});

it('the health check of an edge looks where the guide has its admin endpoint', () => {
  const guide = readDocuments().find(({ path }) => path === 'docs/guides/deployment.md');
  const [, port] = /^LATCHKEY_ADMIN_PORT=(\d+)$/.exec(instructionText('edge', 'ENV')) ?? [];
  expect(guide?.text).toContain(`\nadmin: 127.0.0.1:${port}\n`);
});

/** Serves /healthz with this status until the test is over. */
async function serve(status: number): Promise<number> {
  const server = createServer(({ url }, response) =>
    response.writeHead(url === '/healthz' ? status : 404).end(),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function checkHealth(stage: string, setting: string): Promise<number | null> {
  const [command = '', ...commandLine] = commandOf(instructionText(stage, 'HEALTHCHECK')).map((argument) =>
    argument.replace('/opt/latchkey', join(ROOT, 'deploy', 'container')),
  );
  const { exitCode } = await runCommand('env', [setting, command, ...commandLine]);
  return exitCode;
}

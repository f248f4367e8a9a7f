import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../docs/documents.js';
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

describe("the container's health check", () => {
  it('finds a key server alive that says so', async () => {
    expect(await checkHealth(await serve(200))).toBe(0);
  });

  it('finds a key server ill that answers with an error', async () => {
    expect(await checkHealth(await serve(503))).toBe(1);
  });

  it('finds a key server ill that nobody can reach', async () => {
    // Nobody listens at port 9.
    expect(await checkHealth(9)).toBe(1);
  });
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

async function checkHealth(port: number): Promise<number | null> {
  const [command = '', ...commandLine] = commandOf(instructionText('server', 'HEALTHCHECK')).map((argument) =>
    argument.replace('/opt/latchkey', join(ROOT, 'deploy', 'container')),
  );
  const { exitCode } = await runCommand('env', [`KEYLESS_METRICS_PORT=${port}`, command, ...commandLine]);
  return exitCode;
}

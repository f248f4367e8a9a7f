import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startUnderClinic } from './clinic.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-clinic-test-'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a program in the place of npx. */
function stubNpx(script: string): void {
  const file = join(folder, 'npx');
  writeFileSync(file, `#!${process.execPath}\n${script}`);
  chmodSync(file, 0o755);
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
}

/** Does what Clinic.js does, as far as it can be told from outside. */
const LIKE_CLINIC = `
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const words = process.argv.slice(2);
const command = words.slice(words.indexOf('--') + 1);
const folder = words.find((word) => word.startsWith('--dest=')).slice('--dest='.length);
process.on('SIGINT', () => {});
spawn(command[0], command.slice(1), { stdio: 'inherit' }).once('exit', () =>
  writeFileSync(folder + '/1.clinic.html', words.slice(0, 3).join(' ') + ' ' + process.env.NO_INSIGHT),
);
`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const serving = (port: number) => ['-e', `require('node:net').createServer().listen(${port}, '127.0.0.1')`];

describe('startUnderClinic', () => {
  it('leaves a page when the server has ended', async () => {
    stubNpx(LIKE_CLINIC);
    const port = await freePort();
    const run = await startUnderClinic('doctor', serving(port), port, folder);
    const page = join(folder, 'page');
    await run.finish(page);
    expect(readFileSync(page, 'utf8')).toBe('--yes clinic@13 doctor true');
    run.kill();
  });

  it('says what npx printed where Clinic.js cannot be had', async () => {
    stubNpx(`console.error('npm error 404 clinic@13 is not in this registry'); process.exitCode = 1;`);
    await expect(startUnderClinic('flame', [], await freePort(), folder)).rejects.toMatchObject({
      code: 'LATCHKEY_BENCHMARK_FAILED',
      message: expect.stringMatching(
        /^Clinic.js cannot be had.*404 clinic@13 is not in this registry/s,
      ) as string,
    });
  });

  it('says so where there is no npx', async () => {
    vi.stubEnv('PATH', folder);
    await expect(startUnderClinic('flame', [], await freePort(), folder)).rejects.toMatchObject({
      code: 'LATCHKEY_BENCHMARK_FAILED',
    });
  });

  it('says so where it made no page', async () => {
    stubNpx(LIKE_CLINIC.replace('1.clinic.html', 'nothing'));
    const port = await freePort();
    const run = await startUnderClinic('doctor', serving(port), port, folder);
    await expect(run.finish(join(folder, 'page'))).rejects.toThrow('made no page');
  });
});

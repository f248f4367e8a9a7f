import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeWith } from '../support/requirements.js';
import { latchkey, RunningCommand } from './support.js';

describe('latchkey demo', () => {
  it.each([
    ['', []],
    [' over kssl1', ['--protocol', 'kssl1']],
  ])(
    '--once prints what each handshake cost the key server, leaves nothing behind and exits with 0%s',
    async (_, options) => {
      const { exitCode, output, errors } = await latchkey('demo', '--once', ...options);
      expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
      expect(rowsOf(output)).toEqual([
        [
          'full',
          'ecdsa.localhost',
          'TLSv1.3',
          expect.stringMatching(/^TLS_/),
          'ecdsa_sha256',
          MILLISECONDS,
          '1',
        ],
        [
          'full',
          'rsa.localhost',
          'TLSv1.3',
          expect.stringMatching(/^TLS_/),
          'rsa_pss_sha256',
          MILLISECONDS,
          '1',
        ],
        [
          'full',
          'ecdsa.localhost',
          'TLSv1.2',
          expect.stringMatching(/^TLS_ECDHE_/),
          'ecdsa_sha256',
          MILLISECONDS,
          '1',
        ],
        ['resumed', 'ecdsa.localhost', 'TLSv1.3', expect.stringMatching(/^TLS_/), 'none', MILLISECONDS, '0'],
        ['resumed', 'rsa.localhost', 'TLSv1.3', expect.stringMatching(/^TLS_/), 'none', MILLISECONDS, '0'],
        [
          'resumed',
          'ecdsa.localhost',
          'TLSv1.2',
          expect.stringMatching(/^TLS_ECDHE_/),
          'none',
          MILLISECONDS,
          '0',
        ],
      ]);
      expect(existsSync(folderOf(output))).toBe(false);
    },
  );

  it('knows two protocols', async () => {
    const { exitCode, errors } = await latchkey('demo', '--once', '--protocol', 'kssl3');
    expect(exitCode).toBe(2);
    expect(errors).toContain('--protocol kssl3: expected kssl2 or kssl1');
  });

  it('prints no colour codes where the output is no terminal', async () => {
    expect((await latchkey('demo', '--once')).output).not.toContain('\u001b');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stays up until %s, then ends its processes and exits with 0',
    async (signal) => {
      const demo = new RunningCommand(['demo']);
      await demo.printed(/Ctrl-C/);
      const folder = folderOf(demo.output);
      expect(existsSync(folder)).toBe(true);
      demo.signal(signal);
      expect(await demo.ended()).toMatchObject({ exitCode: 0, errors: '' });
      expect(existsSync(folder)).toBe(false);
    },
  );

  it('leaves no process behind when it is killed', async () => {
    const demo = new RunningCommand(['demo']);
    const [, port] = await demo.printed(/https:\/\/ecdsa\.localhost:(\d+)/);
    onTestFinished(() => rmSync(folderOf(demo.output), { recursive: true, force: true }));
    demo.signal('SIGKILL');
    await demo.ended();
    await expect.poll(() => isListening(Number(port)), { timeout: 30_000 }).toBe(false);
  });
});

describeWith(
  'while latchkey demo stays up',
  [
    { needs: 'curl', debianPackage: 'curl' },
    { needs: 'openssl', debianPackage: 'openssl' },
  ],
  () => {
    it('the curl and openssl lines that it prints work, and latchkey check finds nothing wrong', async () => {
      const demo = new RunningCommand(['demo']);
      await demo.printed(/^ +npx latchkey check .*\n/m);
      const [, curl = ''] = await demo.printed(/^ +(curl .*)$/m);
      const [, openssl = ''] = await demo.printed(/^ +(openssl .*)$/m);
      const [, configuration = ''] = await demo.printed(/^ +npx latchkey check --config (.*)$/m);

      expect((await shell(`${curl} -sS`)).stdout).toContain('Hello from the origin');
      expect((await shell(`${openssl} -verify_return_error`)).stderr).toContain('Verification: OK');
      expect(await latchkey('check', '--config', configuration)).toMatchObject({ exitCode: 0 });
    });
  },
);

const MILLISECONDS = expect.stringMatching(/^\d+\.\d$/) as string;

function rowsOf(output: string): string[][] {
  return (output.match(/^(?:full|resumed) .*$/gm) ?? []).map((line) => line.split(/ {2,}/));
}

function folderOf(output: string): string {
  return /^Certificates, keys and configuration: (.*)$/m.exec(output)?.[1] ?? '';
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function shell(line: string) {
  return promisify(execFile)('/bin/sh', ['-c', line]);
}

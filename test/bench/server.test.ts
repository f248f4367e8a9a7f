import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../cli/support.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const BENCHMARK = fileURLToPath(new URL('../../bench/dist/server.js', import.meta.url));

/** What the report says, as far as these tests read it. */
interface Report {
  readonly versions: Readonly<Record<string, string>>;
  readonly configuration: { readonly protocol: string };
  readonly seed: number;
  readonly operations: readonly {
    readonly id: string;
    readonly rate: { readonly median: number };
    readonly serverCpu: { readonly median: number };
    readonly p99: { readonly median: number };
    readonly verified: number;
    readonly comparison?: { readonly ratio: { readonly median: number }; readonly bar: number };
  }[];
  readonly protocols: {
    readonly requestBytes: readonly number[];
    readonly answerBytes: readonly number[];
    readonly difference: { readonly lowest: number; readonly median: number; readonly highest: number };
    readonly pairs: number;
  };
}

describeWith('npm run bench:server', [{ needs: 'openssl', debianPackage: 'openssl' }], () => {
  it('measures every operation beside openssl and verifies answers of each', async () => {
    const file = join(temporaryFolder(), 'report.json');
    const commandLine = ['--repeats', '1', '--seconds', '0.1', '--seed', '7', '--json', file];
    const { exitCode, output, errors } = await runCommand(process.execPath, [BENCHMARK, ...commandLine]);
    expect(errors).toBe('');
    expect(exitCode).toBe(0);

    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    expect(report.seed).toBe(7);
    expect(report.versions).toMatchObject({ node: process.version });
    expect(report.configuration.protocol).toMatch(/^TLSv1\.3 TLS_/);
    const p256 = ['p-256', 'p-256-one-per-record', 'p-256-kssl2'];
    const signed = ['rsa-2048', 'rsa-4096', ...p256, 'p-384', 'ed25519'];
    expect(report.operations.map(({ id }) => id)).toEqual(['ping', ...signed]);
    for (const { id, rate, serverCpu, p99, verified } of report.operations) {
      // One at least of the top rate's answers and one of those at half of it.
      expect(verified, id).toBeGreaterThanOrEqual(2);
      for (const { median } of [rate, serverCpu, p99]) expect(median, id).toBeGreaterThan(0);
    }
    const compared = report.operations.filter(({ comparison }) => (comparison?.ratio.median ?? 0) > 0);
    expect(compared.map(({ id }) => id)).toEqual(signed);
    const { requestBytes, answerBytes, difference, pairs } = report.protocols;
    expect([requestBytes[0], answerBytes[0]]).toEqual([1024, 1024]);
    for (const [, kssl2] of [requestBytes, answerBytes]) expect(kssl2).toBeLessThan(110);
    expect(pairs).toBeGreaterThan(0);
    expect(difference.lowest).toBeLessThanOrEqual(difference.median);
    expect(difference.highest).toBeGreaterThanOrEqual(difference.median);
    const printed = output.toString();
    for (const title of [
      'ping',
      'RSA-2048',
      'RSA-4096',
      'P-256, sharing',
      'P-256, one',
      'P-256 over',
      'P-384',
      'Ed25519',
    ])
      expect(printed).toContain(`\n${title}`);
    expect(printed).toMatch(/RSA-4096 .*>= [\d.]+ +(met|short by \d+ %)/);
  });

  it('ends its key server when it is interrupted', async () => {
    const { benchmark, keyServer, closed } = await startBenchmark();
    benchmark.kill('SIGTERM');
    await closed;
    expect(existsSync(`/proc/${keyServer}`)).toBe(false);
  });

  it('ends when its key server does', async () => {
    const { keyServer, closed } = await startBenchmark();
    process.kill(keyServer, 'SIGKILL');
    const [exitCode] = await closed;
    expect(exitCode).toBe(1);
  });

  it('says so when openssl is missing', async () => {
    const command = ['-c', `PATH=${temporaryFolder()} exec "${process.execPath}" "${BENCHMARK}" --quick`];
    const { exitCode, errors } = await runCommand('bash', command);
    expect(exitCode).toBe(1);
    expect(errors).toBe(
      'bench:server: the openssl command, which the key server is measured against, cannot be run; on Debian: apt-get install openssl\n',
    );
  });

  it('says what is wrong with its command line', async () => {
    const { exitCode, errors } = await runCommand(process.execPath, [BENCHMARK, '--repeats', 'many']);
    expect(exitCode).toBe(1);
    expect(errors).toBe('bench:server: --repeats must be a number from 1 to 1000\n');
  });
});

/** The benchmark when its key server has just begun to serve. */
async function startBenchmark() {
  const benchmark = spawn(process.execPath, [BENCHMARK], { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(benchmark, 'close') as Promise<[exitCode: number | null]>;
  await once(benchmark.stdout, 'data');
  const children = readFileSync(`/proc/${benchmark.pid}/task/${benchmark.pid}/children`, 'utf8');
  const keyServer = children
    .trim()
    .split(' ')
    .map(Number)
    .find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('latchkey.js'));
  return { benchmark, keyServer: keyServer!, closed };
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAYOUT } from 'latchkey/pki';
import { expect, it } from 'vitest';
import { latchkey, RunningCommand, startKeyServer, temporaryFolder } from '../cli/support.js';
import { until } from '../edge/fixture.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const NSS = { debianPackage: 'libnss3-tools' };

describeWith(
  'an edge whose configuration asks for delegated credentials',
  [
    { needs: 'tstclnt', ...NSS },
    { needs: 'certutil', ...NSS },
  ],
  () => {
    it('shakes hands without any operation, also when its key server has ended', async () => {
      const folder = temporaryFolder();
      await latchkey('pki', folder, '--delegation', '--site', 'localhost', '--edge-port', '0');
      const { port: keyServerPort, command: keyServer } = await startKeyServer(
        join(folder, LAYOUT.serverConfiguration),
      );
      const edge = await startEdge(folder, keyServerPort);
      await until(() => edge.command.errors.includes('there is a new delegated credential'));

      expect(await visit(folder, edge.port, '-B')).toMatchObject({ exitCode: 0, isDelegated: true });
      keyServer.signal('SIGTERM');
      await keyServer.ended();
      expect(await visit(folder, edge.port, '-B')).toMatchObject({ exitCode: 0, isDelegated: true });
      // Who takes no credentials shows that there really is nobody.
      expect((await visit(folder, edge.port)).exitCode).not.toBe(0);

      const metrics = await (await fetch(edge.metrics)).text();
      expect(metrics).toContain('latchkey_edge_handshakes_delegated_total 2\n');
      // The one that failed.
      expect(metrics).toContain('latchkey_edge_operations_total{operation="sign"} 1\n');
    });
  },
);

async function startEdge(
  folder: string,
  keyServerPort: number,
): Promise<{ command: RunningCommand; port: string; metrics: string }> {
  const configuration = join(folder, LAYOUT.edgeConfiguration);
  const text = readFileSync(configuration, 'utf8').replace(':2407', `:${keyServerPort}`);
  writeFileSync(configuration, `admin: 127.0.0.1:0\n${text}`);
  const command = new RunningCommand(['edge', '--config', configuration]);
  const [, port = ''] = await command.printed(/listens on [^ ]*:(\d+)/);
  const [, metrics = ''] = await command.printed(/metrics: (\S*)\n/);
  return { command, port, metrics };
}

/** Shakes hands over TLS 1.3 and leaves. */
async function visit(
  folder: string,
  port: string,
  ...more: readonly string[]
): Promise<{ exitCode: number | null; isDelegated: boolean }> {
  const certificates = temporaryFolder();
  await runCommand('certutil', ['-N', '-d', certificates, '--empty-password']);
  const ca = ['-n', 'site', '-t', 'C,,', '-i', join(folder, LAYOUT.siteCa)];
  await runCommand('certutil', ['-A', '-d', certificates, ...ca]);
  const { exitCode, errors } = await runCommand(
    'tstclnt',
    [
      '-4',
      '-Q',
      '-v',
      ['-h', 'localhost', '-p', port],
      ['-V', 'tls1.3:tls1.3', '-d', certificates],
      more,
    ].flat(),
  );
  return { exitCode, isDelegated: errors.includes('Received a Delegated Credential') };
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../docs/documents.js';
import { describeWith } from '../support/requirements.js';
import { runCommand } from '../support/run-command.js';

const FOLDER = join(ROOT, 'deploy', 'systemd');
const UNITS = ['latchkey-server.service', 'latchkey-edge.service'];

const SYSTEMD = [
  { needs: 'systemd-analyze', debianPackage: 'systemd' },
  { needs: 'kill', debianPackage: 'procps' },
];

describeWith('the systemd units', SYSTEMD, () => {
  it.each(UNITS)('%s has nothing that systemd does not know or cannot start', async (unit) => {
    const { exitCode, errors } = await runCommand('systemd-analyze', [
      'verify',
      '--man=no',
      join(FOLDER, unit),
    ]);
    // What it does not know it only complains of.
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  });

  it.each(UNITS)('%s exposes next to nothing to whoever takes the process over', async (unit) => {
    const { exitCode, output } = await runCommand('systemd-analyze', [
      'security',
      '--offline=true',
      // Out of 100; what systemd ships without hardening has 92 or more.
      '--threshold=20',
      join(FOLDER, unit),
    ]);
    expect(exitCode, output.toString()).toBe(0);
  });

  it.each(UNITS)('%s runs as a user that is made for it', async (unit) => {
    const users = join(FOLDER, 'latchkey.sysusers.conf');
    const { exitCode, errors } = await runCommand('systemd-sysusers', ['--dry-run', users]);
    expect(exitCode, errors).toBe(0);
    const [, user = ''] = /^User=(.*)$/m.exec(readFileSync(join(FOLDER, unit), 'utf8')) ?? [];
    expect(readFileSync(users, 'utf8')).toMatch(new RegExp(`^u ${user} `, 'm'));
  });
});

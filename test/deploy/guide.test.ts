import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration } from '@latchkey/server';
import { createDevelopmentPki, writeDevelopmentPki } from 'latchkey/pki';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readDocuments, ROOT } from '../docs/documents.js';
import { serveBriefly } from './serve-briefly.js';

const GUIDE = readDocuments().find(({ path }) => path === 'docs/guides/deployment.md')!;

describe('the deployment guide', () => {
  it('configures a key server that its unit lets write the audit log and drain', async () => {
    const file = join(temporaryFolder(), 'server.yaml');
    writeFileSync(file, snippet('server.yaml'));
    const { auditLog, drainTimeout, warnings } = await loadConfiguration(file);
    expect(warnings).toEqual([]);

    const unit = readUnit('latchkey-server.service');
    expect(auditLog?.file).toBe(`/var/log/${unit.get('LogsDirectory')}/audit.log`);
    const stopTimeout = Number(/^(\d+)s$/.exec(unit.get('TimeoutStopSec') ?? '')?.[1]) * 1000;
    expect(stopTimeout).toBeGreaterThan(drainTimeout);
  });

  it('configures an edge that serves', async () => {
    const folder = temporaryFolder();
    const pki = await createDevelopmentPki({ sites: [{ name: 'www.example.com', keyAlgorithm: 'p-256' }] });
    await writeDevelopmentPki(pki, folder);
    const file = join(folder, 'edge.yaml');
    // Nobody listens at port 9, and nobody is asked for a name that is not of this machine.
    writeFileSync(
      file,
      snippet('edge.yaml').replace('keys.example.com:2407', '127.0.0.1:9').replace(':2408', ':0'),
    );
    const command = join(ROOT, 'packages', 'cli', 'bin', 'latchkey.js');
    const { output, exitCode } = await serveBriefly(
      [command, 'edge', '--config', file, '--listen', '127.0.0.1:0', '--loglevel', 'silent'],
      'SIGTERM',
    );
    expect({ output, exitCode }).toEqual({
      output: expect.stringContaining('for www.example.com'),
      exitCode: 0,
    });
  });

  it.each(['latchkey-server.service', 'latchkey-edge.service'])(
    'puts files where %s looks for them',
    (name) => {
      const unit = readUnit(name);
      const paths = unit.get('ExecStart')?.match(/\/\S+/g) ?? [];
      expect(paths).toHaveLength(2);
      for (const path of paths) expect(GUIDE.text).toContain(path.slice(0, path.lastIndexOf('/')));
      expect(GUIDE.text).toContain(unit.get('User'));
    },
  );
});

/** The code of a snippet that begins with a comment naming its file. */
function snippet(file: string): string {
  const block = GUIDE.blocks.find(
    ({ language, code }) => language === 'yaml' && code.startsWith(`# ${file}\n`),
  );
  if (block === undefined) throw new Error(`${GUIDE.path} has no snippet for ${file}`);
  return block.code;
}

/** The settings of a unit; of those that stand there twice the last. */
function readUnit(name: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(ROOT, 'deploy', 'systemd', name), 'utf8');
  return new Map([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]));
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

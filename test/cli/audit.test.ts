import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyServerClient } from '@latchkey/client';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latchkey, startKeyServer, temporaryFolder, type WhenOver } from './support.js';

/** The audit log that a key server has written, its head and its key, by file. */
let written: ReadonlyMap<string, string>;
const cleanUps: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  const whenOver: WhenOver = (cleanUp) => void cleanUps.push(cleanUp);
  const folder = temporaryFolder(whenOver);
  await writeDevelopmentPki(await createDevelopmentPki(), folder);
  writeFileSync(join(folder, 'audit.key'), randomBytes(32).toString('hex'));
  appendFileSync(
    join(folder, 'server.yaml'),
    'audit_log: audit.log\naudit_log_key_file: audit.key\nmetrics_port: off\n',
  );
  const { command, port } = await startKeyServer(join(folder, 'server.yaml'), whenOver);
  const pki = readDevelopmentCredentials(folder);
  const client = createKeyServerClient({ keyServers: [{ host: 'localhost', port }], ...pki });
  const deadline = performance.now() + 10_000;
  for (let count = 0; count < 5; count++) {
    // That there is no such key is an operation with its line like any.
    const operation = {
      type: 'sign_certificate_verify',
      scheme: 'ecdsa_sha256',
      transcriptHash: Buffer.alloc(32, count),
    } as const;
    await client.perform({ key: { ski: Buffer.alloc(20) }, operation }, { deadline }).catch(() => undefined);
  }
  await client.close();
  command.signal('SIGTERM');
  await command.ended();
  const names = readdirSync(folder).filter((name) => name.startsWith('audit.'));
  written = new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
});

afterAll(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
});

describe('latchkey audit verify', () => {
  it('finds the log of a key server as it was written, and says how far it goes', async () => {
    const { exitCode, output, errors } = await verify(written);
    expect(errors).toBe('');
    expect(output).toMatch(/^verified {2}8 lines \(lines 1 to 8, /);
    expect(exitCode).toBe(0);
  });

  it('tells the same as JSON', async () => {
    const { output } = await verify(written, '--json');
    expect(JSON.parse(output)).toMatchObject({ ok: true, lines: 8, dropped: 0 });
  });

  it.each<[string, string, (lines: string[]) => string[]]>([
    [
      'a line was edited',
      'line_changed',
      (lines) => lines.map((line) => line.replace('key_not_found', 'ok')),
    ],
    ['a line was removed', 'lines_missing', (lines) => lines.toSpliced(4, 1)],
    ['two lines were swapped', 'lines_missing', (lines) => lines.toSpliced(3, 2, lines[4]!, lines[3]!)],
    ['a line was put in', 'line_out_of_order', (lines) => lines.toSpliced(4, 0, lines[3]!)],
    ['the last lines were cut off', 'truncated', (lines) => lines.slice(0, -2)],
    ['the first lines were cut off', 'beginning_missing', (lines) => lines.slice(1)],
  ])('finds that %s, and exits with 1', async (_what, problem, change) => {
    const log = `${change(written.get('audit.log')!.trimEnd().split('\n')).join('\n')}\n`;
    const { exitCode, output, errors } = await verify(new Map([...written, ['audit.log', log]]));
    expect(errors).toMatch(/^not verified {2}.*audit\.log(:\d+)?: /);
    expect(errors).toContain(`(${problem})`);
    expect(output).toBe('');
    expect(exitCode).toBe(1);
  });

  it('finds nothing in order without the key', async () => {
    const { exitCode, errors } = await latchkey('audit', 'verify', join(put(written), 'audit.log'));
    expect(errors).toContain('(other_key)');
    expect(exitCode).toBe(1);
  });

  it('says which file it cannot read', async () => {
    const { exitCode, errors } = await latchkey('audit', 'verify', '/nowhere/audit.log');
    expect(errors).toContain('/nowhere/audit.log');
    expect(exitCode).toBe(1);
  });

  it('can do nothing else', async () => {
    const { exitCode, errors } = await latchkey('audit', 'forge', 'audit.log');
    expect(errors).toContain('audit can verify, not forge');
    expect(exitCode).toBe(2);
  });
});

function verify(files: ReadonlyMap<string, string>, ...options: string[]) {
  const folder = put(files);
  return latchkey(
    'audit',
    'verify',
    join(folder, 'audit.log'),
    '--key-file',
    join(folder, 'audit.key'),
    ...options,
  );
}

function put(files: ReadonlyMap<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
  return folder;
}

function readDevelopmentCredentials(folder: string) {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { certificate: read(LAYOUT.edgeCertificate), key: read(LAYOUT.edgeKey), ca: read(LAYOUT.channelCa) };
}

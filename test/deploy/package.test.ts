import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { createDevelopmentPki, writeDevelopmentPki } from 'latchkey/pki';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../docs/documents.js';
import { runCommand } from '../support/run-command.js';
import { commandOf, instructionText } from './containerfile.js';
import { serveBriefly } from './serve-briefly.js';

const SCRIPT = join(ROOT, 'scripts', 'package.mjs');

describe('the folder that runs in production', () => {
  let folder: string;
  let production: string;

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'latchkey-test-')));
    production = join(folder, 'latchkey');
    const { exitCode, output, errors } = await runCommand(process.execPath, [SCRIPT, production]);
    if (exitCode !== 0) throw new Error(`${output.toString()}${errors}`);
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes handshakes, with key server and edge', async () => {
    const { exitCode, errors } = await runCommand(process.execPath, [
      join(production, 'bin', 'latchkey.js'),
      'demo',
      '--once',
    ]);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  });

  it('refers to nothing outside itself', () => {
    const entries = readdirSync(production, { recursive: true, withFileTypes: true }).map((entry) => ({
      entry,
      path: join(entry.parentPath, entry.name),
    }));
    const links = entries.filter(({ entry }) => entry.isSymbolicLink()).map(({ path }) => realpathSync(path));
    expect(links.filter((target) => !target.startsWith(production + sep))).toEqual([]);
    const files = entries.filter(({ entry }) => entry.isFile()).map(({ path }) => path);
    // An addon names the sources that it was built from.
    const texts = files.filter((path) => !path.endsWith('.node'));
    expect(texts.filter((path) => readFileSync(path).includes(ROOT))).toEqual([]);
  });

  it('has none of what takes part in building and testing alone', () => {
    const packages = readdirSync(join(production, 'node_modules'));
    expect(packages.filter((name) => ['typescript', 'vitest', 'playwright-core'].includes(name))).toEqual([]);
  });

  it('can talk to PKCS#11 tokens', () => {
    const load = createRequire(import.meta.url);
    expect(load(join(production, 'node_modules', 'pkcs11js'))).toHaveProperty('PKCS11');
  });

  it('is not made where there is something already', async () => {
    const { exitCode, errors } = await runCommand(process.execPath, [SCRIPT, production]);
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: `latchkey: ${production} is not empty\n` });
  });

  it.each(['server', 'edge'])('serves as the image of the %s starts it, until SIGTERM', async (stage) => {
    const configuration = join(folder, `etc-${stage}`);
    mkdirSync(configuration);
    await writeDevelopmentPki(await createDevelopmentPki(), configuration, {
      // Nobody listens at port 9: an edge serves also while it reaches no key server.
      addresses: { keyServerPort: stage === 'server' ? 0 : 9, edgePort: 0, origin: 'http://127.0.0.1:9' },
    });
    const [command = '', ...commandLine] = [
      ...commandOf(instructionText('runtime', 'ENTRYPOINT')),
      ...commandOf(instructionText(stage, 'CMD')),
    ].map((argument) =>
      argument.replace('/opt/latchkey', production).replace('/etc/latchkey', configuration),
    );
    expect(command).toBe('node');
    const signal = instructionText('runtime', 'STOPSIGNAL') as NodeJS.Signals;
    expect(await serveBriefly(commandLine, signal)).toEqual({
      output: expect.stringContaining('listens on'),
      exitCode: 0,
      signal: null,
    });
  });
});

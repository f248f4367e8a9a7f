import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { parseConfiguration } from '@latchkey/server';
import { afterAll, describe, expect, it } from 'vitest';
import { commandsOf, readDocuments, ROOT, type Document } from './documents.js';
import { startOrigin } from '../support/origin.js';

/** What serves until it is stopped, and the words by which one knows that it serves. */
const SERVICES: readonly { readonly command: RegExp; readonly serves: RegExp }[] = [
  { command: /^npx latchkey (server|edge) /, serves: /listens on/ },
  { command: /^node application\.mjs$/, serves: /is served/ },
];

/** What is not run here, because this test is part of it: that it is there is all that can be asked. */
const THIS_TEST_RUN = /^(npm (start|test|run [\w:-]+)|\.ci\/run|npx vitest run .*|npx tsc -b.*|gdb .*)$/;

describe('every command and snippet of a document works, in the order in which it stands there:', () => {
  const services: ChildProcess[] = [];
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folders: string[] = [];

  afterAll(async () => {
    for (const service of services) {
      if (service.exitCode !== null || service.signalCode !== null) continue;
      // npx does not pass signals on: the whole group is meant.
      process.kill(-service.pid!);
      await once(service, 'exit');
    }
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  for (const document of readDocuments()) {
    const steps = stepsOf(document);
    if (steps.length === 0) continue;
    it(`those of ${document.path}`, async () => {
      // Inside the clone, where a reader would be: that is where `npx latchkey` is found.
      const folder = mkdtempSync(join(ROOT, '.cache', 'document-'));
      folders.push(folder);
      const origin = await startOrigin(8080);
      for (const step of steps) {
        if ('file' in step) writeFileSync(join(folder, step.file), step.code);
        else await run(step.command, folder, services);
      }
      origin.close();
    });
  }
});

describe('the documents', () => {
  it('link to files that exist', () => {
    for (const { path, text } of readDocuments()) {
      for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(join(ROOT, dirname(path), target)), `${path} links to ${target}`).toBe(true);
      }
    }
  });

  it('show configurations of a key server that are right', () => {
    const configurations = readDocuments().flatMap((document) =>
      stepsOf(document).flatMap((step) =>
        'file' in step && step.file === 'server.yaml' ? [{ path: document.path, code: step.code }] : [],
      ),
    );
    for (const { path, code } of configurations) parseConfiguration(code, path);
    expect(configurations.length).toBeGreaterThan(0);
  });

  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const { path, text } of readDocuments()) {
      for (const [, name = ''] of text.matchAll(/npm run ([\w:-]+)/g))
        expect(scripts, path).toHaveProperty([name]);
    }
  });
});

type Step = { readonly command: string } | { readonly file: string; readonly code: string };

/** The commands and the files of a document: a snippet begins with a comment that names its file. Files come first. */
function stepsOf({ path, blocks }: Document): Step[] {
  const files = blocks
    .filter(({ language }) => ['js', 'ts', 'yaml', 'json'].includes(language))
    .map(({ code }) => {
      const file = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(code)?.[1];
      if (file === undefined)
        throw new Error(`${path}: a snippet does not begin with a comment that names its file:\n${code}`);
      return { file, code };
    });
  const commands = blocks.filter(({ language }) => language === 'sh').flatMap(commandsOf);
  return [
    ...files,
    ...commands.filter((command) => !THIS_TEST_RUN.test(command)).map((command) => ({ command })),
  ];
}

async function run(command: string, folder: string, services: ChildProcess[]): Promise<void> {
  const child = spawn('bash', ['-c', `exec ${command}`], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) },
  });
  let printed = '';
  const service = SERVICES.find(({ command: pattern }) => pattern.test(command));
  const serves = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (service?.serves.test(printed) === true) resolve();
      });
    }
  });
  const closed = once(child, 'close');
  if (service === undefined) {
    const [exitCode] = (await closed) as [number | null];
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}:\n${printed}`);
    return;
  }
  services.push(child);
  const ended = closed.then(() => {
    throw new Error(`${command} ended:\n${printed}`);
  });
  await Promise.race([serves, ended]);
}

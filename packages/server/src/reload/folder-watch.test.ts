import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderWatch } from './folder-watch.js';

let folder: string;
let changes = 0;
let calls = 0;
let onNextChange: () => void = () => {};
let failures: string[] = [];
let watch: FolderWatch;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-watch-'));
  mkdirSync(join(folder, 'keys/deep/deeper'), { recursive: true });
  changes = 0;
  calls = 0;
  failures = [];
  watch = new FolderWatch(
    [
      { type: 'directory', path: join(folder, 'keys') },
      { type: 'file', path: join(folder, 'single.key') },
    ],
    { onChange, onFailure: (path) => failures.push(path) },
  );
});

afterEach(() => {
  watch.close();
  rmSync(folder, { recursive: true, force: true });
});

function onChange(): void {
  changes += 1;
  calls += 1;
  onNextChange();
}

async function changed(): Promise<void> {
  if (changes === 0) await new Promise<void>((resolve) => (onNextChange = resolve));
  changes = 0;
}

describe('FolderWatch', () => {
  it.each([
    ['a file that comes', 'keys/a.key'],
    ['a file that comes in a folder in a folder', 'keys/deep/deeper/a.key'],
    ['a single file', 'single.key'],
  ])('notices %s, changes and goes', async (_what, name) => {
    await watch.update();
    const file = join(folder, name);
    writeFileSync(file, 'one');
    await changed();
    writeFileSync(file, 'two');
    await changed();
    writeFileSync(`${file}.new`, 'three');
    renameSync(`${file}.new`, file);
    await changed();
    rmSync(file);
    await changed();
  });

  it('notices a folder that comes, and once told to look what comes into it', async () => {
    await watch.update();
    mkdirSync(join(folder, 'keys/new'));
    await changed();
    await watch.update();
    writeFileSync(join(folder, 'keys/new/a.key'), 'one');
    await changed();
  });

  it('notices how Kubernetes exchanges the files of a secret', async () => {
    mkdirSync(join(folder, 'keys/..1'));
    symlinkSync('..1', join(folder, 'keys/..data'));
    await watch.update();
    mkdirSync(join(folder, 'keys/..2'));
    symlinkSync('..2', join(folder, 'keys/..data_tmp'));
    renameSync(join(folder, 'keys/..data_tmp'), join(folder, 'keys/..data'));
    await changed();
  });

  it('calls back a few times at most for what comes together', async () => {
    await watch.update();
    for (let index = 0; index < 50; index++) writeFileSync(join(folder, `keys/${index}.key`), 'one');
    await changed();
    writeFileSync(join(folder, 'keys/last.key'), 'one');
    await changed();
    expect(calls).toBeLessThan(10);
  });

  it('names a folder that is not there, and watches it once it is', async () => {
    rmSync(join(folder, 'keys'), { recursive: true });
    await watch.update();
    expect(failures).toEqual([join(folder, 'keys')]);
    mkdirSync(join(folder, 'keys'));
    await watch.update();
    writeFileSync(join(folder, 'keys/a.key'), 'one');
    await changed();
  });
});

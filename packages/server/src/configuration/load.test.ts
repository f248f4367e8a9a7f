import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfiguration } from './load.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('loadConfiguration', () => {
  it("resolves paths against the file's folder", async () => {
    const file = join(folder, 'gokeyless.yaml');
    await writeFile(file, 'private_key_stores: [{dir: keys}]');
    expect((await loadConfiguration(file)).keyStores).toEqual([
      { type: 'directory', path: join(folder, 'keys') },
    ]);
  });

  it('names a file that is not there', async () => {
    const file = join(folder, 'missing.yaml');
    await expect(loadConfiguration(file)).rejects.toMatchObject({
      code: 'LATCHKEY_CONFIGURATION_INVALID',
      message: `${file}: there is no such file or folder`,
    });
  });
});

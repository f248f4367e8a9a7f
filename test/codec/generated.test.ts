import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

it('the modules of kssl2 are what kssl2.proto makes of them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-kssl2-'));
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/generate-kssl2.mjs'), folder]);
    for (const name of ['kssl2.js', 'kssl2.d.ts']) {
      const made = await readFile(join(folder, name), 'utf8');
      const committed = await readFile(join(ROOT, 'packages/codec/generated', name), 'utf8');
      expect(made === committed, `${name}: run node scripts/generate-kssl2.mjs`).toBe(true);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

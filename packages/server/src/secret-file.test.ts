import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSecretFile, SecretFileError } from './secret-file.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-secret-file-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('readSecretFile', () => {
  it('reads the secrets that are written into it, in any form of text', async () => {
    const secrets = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        secrets,
        fc.constantFrom('\n', '\r\n', '\n\n'),
        fc.boolean(),
        async (secrets, newLine, upperCase) => {
          const text = secrets.map((secret) => Buffer.from(secret).toString('hex')).join(newLine);
          expect(await readSecretFile(await file(upperCase ? text.toUpperCase() : text))).toEqual(secrets);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    ['nothing', ''],
    ['an empty line', '\n'],
    ['a digit too few', 'a'.repeat(63)],
    ['a digit too many', 'a'.repeat(65)],
    ['a letter that is no digit', `${'a'.repeat(63)}g`],
    ['a sign between digits and letters', `${'a'.repeat(63)}@`],
    ['base64', Buffer.alloc(32).toString('base64')],
    ['something after a secret', `${'a'.repeat(64)}\n# comment`],
    ['more than any such file has', `${'a'.repeat(64)}\n`.repeat(300)],
  ])('refuses a file that holds %s, and does not repeat it', async (_, text) => {
    const path = await file(text);
    const error: unknown = await readSecretFile(path).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(SecretFileError);
    expect(error).toMatchObject({ code: 'LATCHKEY_SECRET_FILE_UNUSABLE', file: path });
    expect(String(error)).not.toContain('aaaa');
  });

  it('names a file that is not there', async () => {
    await expect(readSecretFile(join(folder, 'missing'))).rejects.toThrow(
      'missing: there is no such file or folder',
    );
  });
});

async function file(text: string): Promise<string> {
  const path = join(folder, 'secrets');
  await writeFile(path, text);
  return path;
}

import { type FileHandle, mkdtemp, open, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AuditBatch, AuditFile } from './audit-file.js';
import { parseHead } from './head.js';
import { BEGINNING, createChainHash } from './line.js';

const CHAIN = createChainHash();
const END = { sequence: 3, hash: 'a'.repeat(64) };
const BATCH: AuditBatch = { lines: Buffer.from('one\ntwo\nthree\n'), end: END };

let folder: string;
let path: string;
let interferences: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-audit-file-'));
  path = join(folder, 'audit.log');
  interferences = 0;
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe('AuditFile', () => {
  it('says in the head how far the file goes', async () => {
    const file = create();
    await file.write(BATCH);
    await file.close();
    expect(parseHead(await readFile(`${path}.head`), CHAIN)).toEqual(END);
  });

  it('fails on a full disk, with the head where the file ends', async () => {
    await symlink('/dev/full', path);
    const file = create();
    await expect(file.write(BATCH)).rejects.toMatchObject({ code: 'ENOSPC' });
    await file.close();
    expect(parseHead(await readFile(`${path}.head`), CHAIN)).toEqual(BEGINNING);
  });

  it('goes on in the middle of a line when the disk was full there', async () => {
    const file = create();
    await file.write({ ...BATCH, lines: Buffer.from('zero\n') });
    await fillDiskAfter(5);
    await expect(file.write(BATCH)).rejects.toThrow('no space');
    expect(await readFile(path, 'utf8')).toBe('zero\none\nt');
    await file.write(BATCH);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('zero\none\ntwo\nthree\n');
    expect(interferences).toBe(0);
  });

  it('does not write again what is in the file when only making it durable failed', async () => {
    const file = create();
    const handles = await handlePrototype();
    vi.spyOn(handles, 'datasync').mockRejectedValueOnce(new Error('no power'));
    await expect(file.write(BATCH)).rejects.toThrow('no power');
    expect(parseHead(await readFile(`${path}.head`), CHAIN)).toEqual(BEGINNING);
    await file.write(BATCH);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\nthree\n');
  });

  it('goes on in a new file once the old one has its name', async () => {
    const archive = join(folder, 'archive');
    const file = create();
    await file.write({ ...BATCH, archiveAs: archive });
    await file.write({ ...BATCH, lines: Buffer.from('four\n') });
    await file.close();
    expect(await readFile(archive, 'utf8')).toBe('one\ntwo\nthree\n');
    expect(await readFile(path, 'utf8')).toBe('four\n');
  });

  it('does not write the last lines of a file again when it could not be renamed', async () => {
    const file = create();
    const archiveAs = join(folder, 'archive');
    await expect(file.write({ ...BATCH, archiveAs: join(folder, 'missing', 'archive') })).rejects.toThrow(
      'ENOENT',
    );
    await file.write({ ...BATCH, archiveAs });
    await file.close();
    expect(await readFile(archiveAs, 'utf8')).toBe('one\ntwo\nthree\n');
  });
});

function create(): AuditFile {
  return new AuditFile(path, BEGINNING, CHAIN, () => {
    interferences += 1;
  });
}

async function handlePrototype(): Promise<FileHandle> {
  const handle = await open(folder);
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}

/** Lets the next write put so many bytes into the file, and the one after it none. */
async function fillDiskAfter(length: number): Promise<void> {
  vi.spyOn(await handlePrototype(), 'write')
    .mockImplementationOnce(async function (this: FileHandle, bytes: unknown) {
      await this.appendFile((bytes as Uint8Array).subarray(0, length));
      return { bytesWritten: length, buffer: '' };
    })
    .mockRejectedValueOnce(new Error('no space'));
}

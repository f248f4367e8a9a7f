import { mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditLog, AuditReport } from './audit-log.js';
import type { AuditEntry } from './entry.js';
import { AuditLogError } from './errors.js';
import { formatHead } from './head.js';
import { createChainHash } from './line.js';
import { type AuditLogOptions, openAuditLog } from './open.js';
import { verifyAuditLog } from './verify.js';

const KEY = Buffer.alloc(32, 7);
const ENTRY: AuditEntry = {
  client: { commonName: 'edge-1', fingerprint: Buffer.alloc(32, 1) },
  key: { ski: Buffer.alloc(20, 2) },
  request: {
    key: {},
    operation: { type: 'sign_digest', scheme: 'ecdsa_sha256', digest: Buffer.alloc(32, 3) },
  },
  result: 'ok',
  duration: 1,
};

let folder: string;
let path: string;
let reports: AuditReport['type'][];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-audit-'));
  path = join(folder, 'audit.log');
  reports = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('an audit log', () => {
  it('has a line for each operation, in order, between those that open and close it', async () => {
    const log = await open();
    for (const result of ['ok', 'key_not_found', 'ok']) log.append({ ...ENTRY, result });
    await log.close();
    const lines = await readLines(path);
    expect(lines.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(lines.map(({ event, result }) => event ?? result)).toEqual([
      'file_opened',
      'log_opened',
      'ok',
      'key_not_found',
      'ok',
      'log_closed',
    ]);
    expect(lines[2]).toMatchObject({ client: 'edge-1', key: '02'.repeat(20), digest: '03'.repeat(32) });
    expect(await verify()).toMatchObject({ ok: true, lines: 6, end: 'head' });
  });

  it('gives the time of each line to the millisecond', async () => {
    const log = await open({ now: () => Date.UTC(2026, 10, 22, 15, 41, 36, 7) });
    await log.close();
    expect((await readLines(path))[0]).toMatchObject({ time: '2026-11-22T15:41:36.007Z' });
  });

  it('can be read by its owner only', async () => {
    await (await open()).close();
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600);
    }
  });

  it('has its lines on the disk after a flush', async () => {
    const log = await open();
    log.append(ENTRY);
    expect(await readLines(path)).toHaveLength(2);
    await log.flush();
    expect(await readLines(path)).toHaveLength(3);
    expect(log.bufferedLength).toBe(0);
    await log.close();
  });

  it('writes by itself what was added', async () => {
    const log = await open();
    log.append(ENTRY);
    await until(() => log.bufferedLength === 0);
    expect(await readLines(path)).toHaveLength(3);
    await log.close();
  });

  it('loses no line of thousands that come while it writes and rotates', async () => {
    const log = await open({ maximumFileLength: 50_000, key: KEY });
    for (let turn = 0; turn < 50; turn += 1) {
      for (let line = 0; line < 100; line += 1) log.append(ENTRY);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await log.close();
    const files = await logFiles();
    expect(files.length).toBeGreaterThan(20);
    const lines = (await Promise.all(files.map(readLines))).flat();
    expect(lines.filter(({ operation }) => operation === 'sign_digest')).toHaveLength(5000);
    expect(await verify({ key: KEY })).toMatchObject({ ok: true, lines: lines.length, dropped: 0 });
    expect(reports).toEqual([]);
  });

  it('can be verified while it is written', async () => {
    const log = await open();
    for (let round = 0; round < 50; round += 1) {
      for (let line = 0; line < 20; line += 1) log.append(ENTRY);
      expect(await verify()).toMatchObject({ ok: true });
    }
    await log.close();
  });

  it('closes once, however often it is told to', async () => {
    const log = await open();
    await Promise.all([log.close(), log.close()]);
    await log.close();
    expect((await readLines(path)).filter(({ event }) => event === 'log_closed')).toHaveLength(1);
  });

  it('reports lines that come after it was closed', async () => {
    const log = await open();
    await log.close();
    log.append(ENTRY);
    expect(log.permitsOperations).toBe(false);
    expect(reports).toEqual(['lines_dropped']);
  });

  it('cannot be opened where there is no folder, or where something else is', async () => {
    await expect(open({ path: join(folder, 'missing', 'audit.log') })).rejects.toThrow(AuditLogError);
    await expect(open({ path: folder })).rejects.toThrow('this is not a regular file');
    await writeFile(path, 'something else '.repeat(10_000));
    await expect(open()).rejects.toThrow('this is not an audit log');
    await writeFile(path, 'something\nelse\n');
    await expect(open()).rejects.toThrow('its end is damaged');
  });
});

describe('a restarted audit log', () => {
  it('goes on where it was', async () => {
    for (let start = 0; start < 3; start += 1) {
      const log = await open();
      log.append(ENTRY);
      await log.close();
    }
    expect(await verify()).toMatchObject({
      ok: true,
      lines: 10,
      first: { sequence: 1 },
      last: { sequence: 10 },
    });
    expect(reports).toEqual([]);
  });

  it('goes on after a crash, which shows as an opening without a closing', async () => {
    const log = await open();
    log.append(ENTRY);
    await log.flush();
    const files = [path, `${path}.head`];
    const contents = await Promise.all(files.map((file) => readFile(file)));
    await log.close();
    for (const [index, file] of files.entries()) await writeFile(file, contents[index] ?? '');
    await (await open()).close();
    expect((await readLines(path)).map(({ event }) => event)).toEqual([
      'file_opened',
      'log_opened',
      undefined,
      'log_opened',
      'log_closed',
    ]);
    expect(await verify()).toMatchObject({ ok: true });
  });

  it.each([
    ['without a key', undefined],
    ['with a key', KEY],
  ])('marks a line that a crash cut off anywhere and keeps the chain, %s', async (_, key) => {
    const options = key && { key };
    await (await open(options)).close();
    const head = await readFile(`${path}.head`);
    const before = await readFile(path);
    const log = await open(options);
    log.append(ENTRY);
    await log.close();
    const after = await readFile(path);
    // Two lines, cut in many places and in every one near where they meet.
    const first = after.indexOf('\n', before.length) + 1;
    const second = after.indexOf('\n', first) + 1;
    const inside = Array.from({ length: 20 }, (_, step) => before.length + step * 29);
    const near = [before.length, first, second].flatMap((end) => [end - 2, end - 1, end, end + 1, end + 2]);
    const cuts = [...inside, ...near].filter((length) => length >= before.length && length <= second);
    for (const length of cuts) {
      reports = [];
      await writeFile(path, after.subarray(0, length));
      await writeFile(`${path}.head`, head);
      expect(await verify(options), `cut at ${length}`).toMatchObject({ ok: true });
      await (await open(options)).close();
      expect(await verify(options), `cut at ${length}`).toMatchObject({ ok: true, unfinished: false });
      const whole = after[length - 1] === 0x0a;
      const marks = (await readFile(path, 'utf8')).match(/"torn_line"/g)?.length ?? 0;
      expect(marks, `cut at ${length}`).toBe(whole || after[length] === 0x0a ? 0 : 1);
      expect(reports, `cut at ${length}`).toEqual(whole ? [] : ['torn_line']);
    }
  });

  it('begins anew after a crash during its first line', async () => {
    const log = await open();
    await log.close();
    const bytes = await readFile(path);
    await rm(`${path}.head`);
    for (const length of [0, 1, bytes.indexOf('\n')]) {
      await writeFile(path, bytes.subarray(0, length));
      await (await open()).close();
      expect(await verify()).toMatchObject({ ok: true, lines: 3, first: { sequence: 1 } });
      await rm(`${path}.head`);
    }
  });

  it('finds lines removed while it was down, and the log never verifies again', async () => {
    const log = await open();
    for (let line = 0; line < 5; line += 1) log.append(ENTRY);
    await log.close();
    await truncate(path, await lengthOfLines(4));
    expect(await verify()).toMatchObject({ ok: false, problem: 'truncated', line: 4 });
    await (await open()).close();
    expect(reports).toEqual(['damage']);
    expect(await readFile(path, 'utf8')).toContain('"damage":"lines_missing"');
    expect(await verify()).toMatchObject({ ok: false, problem: 'lines_missing', line: 5 });
    await (await open()).close();
    expect(await verify()).toMatchObject({ ok: false, problem: 'lines_missing', line: 5 });
    expect(reports).toEqual(['damage']);
  });

  it('finds that the whole log was removed while it was down', async () => {
    await (await open()).close();
    await rm(path);
    await (await open()).close();
    expect(reports).toEqual(['damage']);
    expect(await verify()).toMatchObject({ ok: false, problem: 'damage_recorded' });
  });

  it('finds that its last line was changed while it was down', async () => {
    await (await open()).close();
    const text = await readFile(path, 'utf8');
    await writeFile(
      path,
      text.replace(/"hash":"(.)(?=[^\n]*\n$)/, (field) => field.replace(/.$/, swapDigit)),
    );
    await (await open()).close();
    expect(reports).toEqual(['damage']);
    expect(await readFile(path, 'utf8')).toContain('"damage":"lines_changed"');
    expect(await verify()).toMatchObject({ ok: false, problem: 'line_changed' });
  });

  it.each([
    ['was removed', () => rm(`${path}.head`)],
    ['was emptied', () => truncate(`${path}.head`)],
    ['was filled with something longer', () => writeFile(`${path}.head`, 'x'.repeat(5000))],
  ])('finds that its head %s while it was down', async (_, damage) => {
    await (await open()).close();
    await damage();
    expect(await verify()).toMatchObject({ ok: false, problem: expect.stringMatching(/^head_/) });
    await (await open()).close();
    expect(reports).toEqual(['damage']);
    expect(await verify()).toMatchObject({ ok: false, problem: 'damage_recorded', line: 4 });
    await (await open()).close();
    expect(reports).toEqual(['damage']);
  });

  it('refuses to go on with a log of another kind', async () => {
    await (await open()).close();
    await expect(open({ key: KEY })).rejects.toThrow('chained by sha256, not hmac-sha256');
  });

  it('takes another key for damage', async () => {
    await (await open({ key: KEY })).close();
    await (await open({ key: Buffer.alloc(32, 8) })).close();
    expect(reports).toEqual(['damage']);
    expect(await verify({ key: KEY })).toMatchObject({ ok: false });
  });
});

describe('the rotation of an audit log', () => {
  it('begins a new file when one is long enough, and the chain goes on in it', async () => {
    const log = await open({ maximumFileLength: 2000 });
    for (let line = 0; line < 10; line += 1) log.append(ENTRY);
    await log.close();
    const files = await logFiles();
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const lines = await readLines(file);
      expect(lines[0]).toMatchObject({ event: 'file_opened' });
      expect(lines.at(-1)).toMatchObject({ event: file === path ? 'log_closed' : 'file_closed' });
      const name = `${path}.${String(lines[0]?.['sequence']).padStart(12, '0')}`;
      expect(file).toBe(file === path ? path : name);
      expect((await stat(file)).size).toBeLessThan(2600);
    }
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('begins a new file when one is old enough, restarts included', async () => {
    let now = Date.UTC(2026, 0, 1);
    const options = { now: () => now, maximumFileAge: 1000 };
    const log = await open(options);
    now += 999;
    log.append(ENTRY);
    await log.close();
    expect(await logFiles()).toHaveLength(1);
    now += 1;
    await (await open(options)).close();
    expect(await logFiles()).toHaveLength(2);
    expect(await verify()).toMatchObject({ ok: true });
  });

  it('leaves files that can be verified by themselves', async () => {
    const log = await open({ maximumFileLength: 1000 });
    for (let line = 0; line < 10; line += 1) log.append(ENTRY);
    await log.close();
    const files = await logFiles();
    for (const file of files) {
      const end = file === path ? 'head' : 'file_closed';
      expect(await verifyAuditLog([file]), file).toMatchObject({ ok: true, end });
    }
  });

  it('is completed after a crash at any point of it', async () => {
    const options = { maximumFileLength: 1000 };
    const log = await open(options);
    for (let line = 0; line < 2; line += 1) log.append(ENTRY);
    await log.close();
    const files = await logFiles();
    expect(files).toHaveLength(2);
    const isWholeBeforeAndAfterRestart = async (crash: string) => {
      expect(await verify(), crash).toMatchObject({ ok: true });
      await (await open(options)).close();
      expect(await verify(), crash).toMatchObject({ ok: true });
    };
    const [archive = ''] = files;
    const current = await readFile(path);

    await rm(path);
    await rename(archive, path);
    await rewindHead(path);
    await isWholeBeforeAndAfterRestart('not renamed');

    await rm(path);
    await rewindHead(archive);
    await isWholeBeforeAndAfterRestart('renamed');

    for (const length of [0, 10]) {
      await writeFile(path, current.subarray(0, length));
      await rewindHead(archive);
      await isWholeBeforeAndAfterRestart(`${length} bytes of the new file`);
    }
    expect(reports).toEqual([]);
  });
});

describe('an audit log that somebody else changes while it is written', () => {
  it.each([
    ['cut', () => truncate(path, 100)],
    ['emptied', () => truncate(path)],
    ['deleted', () => rm(path)],
    ['added to', () => writeFile(path, 'x\n', { flag: 'a' })],
  ])('reports that it was %s and goes on, so that verification finds it', async (_, interfere) => {
    const log = await open();
    log.append(ENTRY);
    await log.flush();
    await interfere();
    log.append(ENTRY);
    await log.close();
    expect(reports).toEqual(['interference']);
    expect((await readFile(path, 'utf8')).match(/sign_digest/g)?.length).toBeGreaterThan(0);
    expect(await verify()).toMatchObject({ ok: false });
  });
});

function open(options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
  return openAuditLog({ path, report: ({ type }) => void reports.push(type), ...options });
}

async function verify(options: { key?: Uint8Array } = {}) {
  const names = await readdir(folder);
  return verifyAuditLog(
    names.map((name) => join(folder, name)),
    options,
  );
}

/** The files of the log, oldest first. */
async function logFiles(): Promise<string[]> {
  const archives = (await readdir(folder)).filter((name) => /^audit\.log\.\d+$/.test(name)).sort();
  return [...archives.map((name) => join(folder, name)), path];
}

async function readLines(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => ({ ...(JSON.parse(line) as object) }));
}

async function lengthOfLines(count: number): Promise<number> {
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, count);
  return Buffer.byteLength(`${lines.join('\n')}\n`);
}

/** Sets the head to the end of this file, as it is before anything was written to the next one. */
async function rewindHead(file: string): Promise<void> {
  const last = (await readLines(file)).at(-1);
  const position = { sequence: Number(last?.['sequence']), hash: String(last?.['hash']) };
  await writeFile(`${path}.head`, formatHead(position, createChainHash()));
}

function swapDigit(digit: string): string {
  return digit === '0' ? '1' : '0';
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

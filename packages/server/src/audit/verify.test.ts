import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from './entry.js';
import { AuditLogError } from './errors.js';
import { type AuditPosition, BEGINNING, type ChainHash, createChainHash, formatLine } from './line.js';
import { openAuditLog } from './open.js';
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

/** The files of a log by name, oldest first; the last is the head. */
type Files = ReadonlyMap<string, Buffer>;

describe.each([
  ['without a key', undefined],
  ['with a key', KEY],
])('verifyAuditLog, %s', (_, key) => {
  const options = key && { key };
  let folder: string;
  let files: Files;
  let logFiles: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-audit-verify-'));
    const path = join(folder, 'audit.log');
    const log = await openAuditLog({ path, maximumFileLength: 2500, ...options });
    for (let line = 0; line < 12; line += 1) log.append({ ...ENTRY, duration: line });
    await log.close();
    const names = await readdir(folder);
    logFiles = [...names.filter((name) => /\d$/.test(name)).sort(), 'audit.log'];
    const contents = [...logFiles, 'audit.log.head'].map(async (name): Promise<[string, Buffer]> => [
      name,
      await readFile(join(folder, name)),
    ]);
    files = new Map(await Promise.all(contents));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('passes a log that nobody touched, its files in any order', async () => {
    expect(logFiles.length).toBeGreaterThan(2);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...files.keys()], { minLength: files.size }), async (names) => {
        expect(await verify(files, names)).toMatchObject({
          ok: true,
          first: { sequence: 1 },
          end: 'head',
          dropped: 0,
        });
      }),
      { numRuns: 10 },
    );
  });

  it('passes files from any on, and says where they begin', async () => {
    for (const [index, name] of logFiles.entries()) {
      const { sequence } = JSON.parse(linesOf(files, name)[0] ?? '') as { sequence: number };
      expect(await verify(files, logFiles.slice(index))).toMatchObject({ ok: true, first: { sequence } });
    }
  });

  it('finds any change of any byte', async () => {
    await fc.assert(
      fc.asyncProperty(anyByte(), fc.integer({ min: 1, max: 255 }), async ({ name, index }, change) => {
        const bytes = Buffer.from(files.get(name) ?? []);
        bytes[index] = (bytes[index] ?? 0) ^ change;
        expect(await verify(replaced(name, bytes))).toMatchObject({ ok: false });
      }),
      { numRuns: 100 },
    );
  });

  it('finds any removal of bytes, the end of a file among them', async () => {
    await fc.assert(
      fc.asyncProperty(anyByte(), fc.nat(600), async ({ name, index }, length) => {
        const bytes = files.get(name) ?? Buffer.alloc(0);
        const rest = Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + 1 + length)]);
        expect(await verify(replaced(name, rest))).toMatchObject({ ok: false });
      }),
      { numRuns: 50 },
    );
  });

  it('finds any file that was cut short, to nothing at all too', async () => {
    await fc.assert(
      fc.asyncProperty(anyByte(), async ({ name, index }) => {
        expect(await verify(replaced(name, files.get(name)?.subarray(0, index) ?? ''))).toMatchObject({
          ok: false,
        });
        expect(await verify(replaced(name, ''))).toMatchObject({ ok: false });
      }),
      { numRuns: 50 },
    );
  });

  it('finds what was added to a file, unless it may be a line that is being written', async () => {
    for (const name of logFiles) {
      const bytes = files.get(name) ?? Buffer.alloc(0);
      const added = await verify(replaced(name, Buffer.concat([bytes, Buffer.from('{"sequence":')])));
      expect(added, name).toMatchObject(
        name === 'audit.log' ? { ok: true, unfinished: true } : { ok: false },
      );
      const line = await verify(replaced(name, Buffer.concat([bytes, Buffer.from('{"sequence":1}\n')])));
      expect(line, name).toMatchObject({ ok: false, problem: 'line_unreadable' });
    }
  });

  it('finds any line that was removed, and says where', async () => {
    for (const name of logFiles) {
      const lines = linesOf(files, name);
      for (const index of lines.keys()) {
        const found = await verify(replaced(name, lines.toSpliced(index, 1).join('')));
        const last = index === lines.length - 1;
        const where = last ? lastLineOf(name) : { line: index + 1, file: join(folder, name) };
        const problem =
          index === 0 ? 'beginning_missing' : last && name === 'audit.log' ? 'truncated' : 'lines_missing';
        expect(found, `line ${index + 1} of ${name}`).toMatchObject({ ok: false, ...where, problem });
      }
    }
  });

  it('finds any two lines that were swapped, also between files', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine(), anyLine(), async (one, other) => {
        fc.pre(one.name !== other.name || one.index !== other.index);
        const changed = new Map([...files].map(([name]) => [name, linesOf(files, name)]));
        const line = changed.get(one.name)?.[one.index] ?? '';
        const otherLine = changed.get(other.name)?.[other.index] ?? '';
        changed.get(one.name)?.splice(one.index, 1, otherLine);
        changed.get(other.name)?.splice(other.index, 1, line);
        const found = await verify(
          new Map([...changed].map(([name, lines]) => [name, Buffer.from(lines.join(''))])),
        );
        expect(found).toMatchObject({ ok: false });
      }),
      { numRuns: 50 },
    );
  });

  it('finds any line that stands there twice', async () => {
    await fc.assert(
      fc.asyncProperty(anyLine(), anyLine(), async (source, target) => {
        const lines = linesOf(files, target.name);
        const line = linesOf(files, source.name)[source.index] ?? '';
        const found = await verify(
          replaced(target.name, lines.toSpliced(target.index + 1, 0, line).join('')),
        );
        expect(found).toMatchObject({ ok: false });
      }),
      { numRuns: 50 },
    );
  });

  it('finds any file that is missing, but for the oldest', async () => {
    for (const name of logFiles.slice(1)) {
      const names = [...files.keys()].filter((other) => other !== name);
      expect(await verify(files, names), name).toMatchObject({ ok: false });
    }
  });

  it('finds that all was removed from the newest file, with the head or without', async () => {
    expect(await verify(replaced('audit.log', ''))).toMatchObject({ ok: false, problem: 'truncated' });
    const withoutHead = new Map([...replaced('audit.log', '')].filter(([name]) => name !== 'audit.log.head'));
    expect(await verify(withoutHead)).toMatchObject({ ok: false, problem: 'beginning_missing' });
  });

  it('finds that the head is missing', async () => {
    const withoutHead = new Map([...files].filter(([name]) => name !== 'audit.log.head'));
    expect(await verify(withoutHead)).toMatchObject({ ok: false, problem: 'head_missing' });
  });

  it('holds the log against a head that was kept elsewhere', async () => {
    const head = await writeElsewhere('kept.head', files.get('audit.log.head') ?? Buffer.alloc(0));
    const paths = await write(files);
    expect(await verifyAuditLog(paths, { headFile: head, ...options })).toMatchObject({ ok: true });
    const cut = linesOf(files, 'audit.log').slice(0, -1).join('');
    const cutPaths = await write(replaced('audit.log', cut));
    expect(await verifyAuditLog(cutPaths, { headFile: head, ...options })).toMatchObject({
      problem: 'truncated',
    });
  });

  it('does not take one log for another', async () => {
    const otherKey = key === undefined ? KEY : Buffer.alloc(32, 8);
    const problem = key === undefined ? 'other_key' : 'line_changed';
    expect(await verifyAuditLog(await write(files), { key: otherKey })).toMatchObject({ ok: false, problem });
    const path = join(folder, 'other.log');
    await (await openAuditLog({ path, ...options })).close();
    const otherHead = await readFile(`${path}.head`);
    expect(await verify(replaced('audit.log.head', otherHead))).toMatchObject({ ok: false });
  });

  it('finds a chain that was computed anew behind a change, unless the head was too', async () => {
    const [first = '', ...lines] = linesOf(files, 'audit.log');
    const forged = rechained(first, lines, createChainHash(key));
    expect(forged).not.toBe(lines.join(''));
    const found = await verify(replaced('audit.log', first + forged));
    expect(found).toMatchObject({ ok: false, problem: 'line_changed', line: lines.length + 1 });
  });

  it('finds that a forged file begins where the head says that another ended', async () => {
    const { sequence } = JSON.parse(linesOf(files, 'audit.log').at(-1) ?? '') as AuditPosition;
    const content = { event: 'file_opened', chain: createChainHash(key).type, previous: BEGINNING.hash };
    const forged = formatLine(content, { ...BEGINNING, sequence }, createChainHash(key)).text;
    const head = join(folder, 'audit.log.head');
    await write(files);
    const path = await writeElsewhere('forged.log', Buffer.from(forged));
    const found = await verifyAuditLog([path], { headFile: head, ...options });
    expect(found).toMatchObject({ ok: false, problem: 'line_changed' });
  });

  it('counts the operations that have no line', async () => {
    const [first = ''] = linesOf(files, 'audit.log');
    const lines = [
      { event: 'lines_dropped', count: 3 },
      { event: 'lines_dropped', count: 4 },
      { event: 'file_closed' },
    ];
    const text =
      first +
      rechained(
        first,
        lines.map((line) => JSON.stringify(line)),
        createChainHash(key),
      );
    const path = await writeElsewhere('dropped.log', Buffer.from(text));
    expect(await verifyAuditLog([path], options)).toMatchObject({ ok: true, dropped: 7, end: 'file_closed' });
  });

  it('says when a file is not there, or is none of a log', async () => {
    const missing = join(folder, 'missing.log');
    await expect(verifyAuditLog([missing], options)).rejects.toThrow(AuditLogError);
    await expect(verifyAuditLog([missing], options)).rejects.toThrow('missing.log: there is no such file');
    const other = await writeElsewhere('something', Buffer.from('something else\n'));
    expect(await verifyAuditLog([other], options)).toMatchObject({
      ok: false,
      line: 1,
      problem: 'beginning_missing',
    });
  });

  it('takes no more memory for a line without end', async () => {
    const endless = Buffer.concat([files.get('audit.log') ?? Buffer.alloc(0), Buffer.alloc(5_000_000, 'x')]);
    expect(await verify(replaced('audit.log', endless))).toMatchObject({
      ok: false,
      problem: 'line_unreadable',
    });
  });

  it('survives any bytes in place of a file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files.keys()),
        fc.uint8Array({ maxLength: 500 }),
        async (name, bytes) => {
          expect(await verify(replaced(name, bytes))).toMatchObject({ ok: false });
        },
      ),
      { numRuns: 50 },
    );
  });

  function anyByte() {
    return fc
      .constantFrom(...logFiles)
      .chain((name) =>
        fc.record({ name: fc.constant(name), index: fc.nat((files.get(name)?.length ?? 1) - 1) }),
      );
  }

  function anyLine() {
    return fc
      .constantFrom(...logFiles)
      .chain((name) =>
        fc.record({ name: fc.constant(name), index: fc.nat(linesOf(files, name).length - 1) }),
      );
  }

  function replaced(name: string, bytes: Uint8Array | string): Files {
    return new Map([...files, [name, Buffer.from(bytes as Uint8Array)]]);
  }

  /** Where a removed last line shows: at the end of what is left, or where the next file begins. */
  function lastLineOf(name: string): object {
    const next = logFiles[logFiles.indexOf(name) + 1];
    if (next !== undefined) return { line: 1, file: join(folder, next) };
    return { line: linesOf(files, name).length - 1, file: join(folder, name) };
  }

  async function verify(changed: Files, names: Iterable<string> = changed.keys()) {
    await write(changed);
    return verifyAuditLog(
      [...names].map((name) => join(folder, name)),
      options,
    );
  }

  async function write(changed: Files): Promise<string[]> {
    for (const name of files.keys()) if (!changed.has(name)) await rm(join(folder, name), { force: true });
    for (const [name, bytes] of changed) await writeFile(join(folder, name), bytes);
    return [...changed.keys()].map((name) => join(folder, name));
  }

  async function writeElsewhere(name: string, bytes: Buffer): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  }
});

/** What a forger would write who can compute the chain: other operations under the right hashes. */
function rechained(first: string, lines: readonly string[], chain: ChainHash): string {
  let previous: AuditPosition = JSON.parse(first) as AuditPosition;
  return lines
    .map((line) => {
      const { sequence: _, hash: __, ...content } = JSON.parse(line) as Record<string, unknown>;
      const forged = formatLine({ ...content, forged: true }, previous, chain);
      previous = forged;
      return forged.text;
    })
    .join('');
}

/** With their line feeds. */
function linesOf(files: Files, name: string): string[] {
  return (
    files
      .get(name)
      ?.toString()
      .match(/[^\n]*\n/g) ?? []
  );
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditBatch, AuditSink } from './audit-file.js';
import { AuditLog, type AuditLogSettings, type AuditReport } from './audit-log.js';
import type { AuditEntry } from './entry.js';
import { AuditLogError } from './errors.js';
import { BEGINNING, createChainHash } from './line.js';

const ENTRY: AuditEntry = {
  client: { commonName: 'edge-1', fingerprint: Buffer.alloc(32, 1) },
  request: { key: {}, operation: { type: 'ping', payload: Buffer.alloc(0) } },
  result: 'ok',
  duration: 1,
};

let disk: Disk;
let reports: AuditReport['type'][];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  disk = new Disk();
  reports = [];
});

afterEach(() => {
  vi.useRealTimers();
});

describe('an audit log', () => {
  it('writes all lines of a turn of the event loop at once', async () => {
    const log = openLog();
    await log.flush();
    for (let line = 0; line < 1000; line += 1) log.append(ENTRY);
    await turn();
    expect(disk.batches).toHaveLength(2);
    expect(disk.linesOf(1)).toHaveLength(1000);
    await log.close();
  });

  it('writes what comes during a write with the next one', async () => {
    const log = openLog();
    await log.flush();
    const release = disk.pause();
    log.append(ENTRY);
    await turn();
    for (let round = 0; round < 10; round += 1) {
      log.append(ENTRY);
      await turn();
    }
    expect(disk.batches).toHaveLength(1);
    release();
    await log.flush();
    expect(disk.batches.map((_, index) => disk.linesOf(index).length)).toEqual([2, 1, 10]);
    await log.close();
  });
});

describe('an audit log that cannot be written', () => {
  it('says so once, stops operations, and tells whoever waits for a flush', async () => {
    const log = openLog();
    await log.flush();
    expect([log.healthy, log.permitsOperations]).toEqual([true, true]);
    disk.full = true;
    log.append(ENTRY);
    await expect(log.flush()).rejects.toThrow(AuditLogError);
    expect([log.healthy, log.permitsOperations]).toEqual([false, false]);
    await expect(log.flush()).rejects.toThrow('no space');
    expect(reports).toEqual(['write_failed']);
  });

  it('lets operations go on where it is told to', async () => {
    const log = openLog({ whenUnwritable: 'continue' });
    disk.full = true;
    await expect(log.flush()).rejects.toThrow(AuditLogError);
    expect([log.healthy, log.permitsOperations]).toEqual([false, true]);
  });

  it('tries again by itself, and loses nothing that it had room for', async () => {
    const log = openLog();
    disk.full = true;
    await expect(log.flush()).rejects.toThrow(AuditLogError);
    for (let line = 0; line < 10; line += 1) log.append(ENTRY);
    await vi.advanceTimersByTimeAsync(5000);
    expect(disk.batches).toHaveLength(0);
    expect(log.bufferedLength).toBeGreaterThan(0);
    disk.full = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect([log.healthy, log.permitsOperations, log.bufferedLength]).toEqual([true, true, 0]);
    expect(disk.operations()).toBe(10);
    expect(reports).toEqual(['write_failed', 'write_recovered']);
    await log.close();
  });

  it('does not try more often because lines come', async () => {
    const log = openLog();
    disk.full = true;
    await expect(log.flush()).rejects.toThrow(AuditLogError);
    for (let round = 0; round < 20; round += 1) {
      log.append(ENTRY);
      await turn();
    }
    expect(disk.attempts).toBe(1);
  });

  it('holds no more than it may, and says afterwards how many lines were lost', async () => {
    const maximumBufferedLength = 10_000;
    const log = openLog({ maximumBufferedLength });
    disk.full = true;
    await expect(log.flush()).rejects.toThrow(AuditLogError);
    for (let line = 0; line < 1000; line += 1) log.append(ENTRY);
    expect(log.bufferedLength).toBeLessThan(maximumBufferedLength + 1000);
    disk.full = false;
    await log.flush();
    expect(reports).toEqual(['write_failed', 'lines_dropped', 'write_recovered']);
    await log.close();
    const dropped = disk.lines().find(({ event }) => event === 'lines_dropped');
    expect(disk.operations() + Number(dropped?.['count'])).toBe(1000);
    expect(disk.operations()).toBeGreaterThan(10);
  });

  it('stops operations before lines are lost when the disk is slow', async () => {
    const log = openLog({ maximumBufferedLength: 10_000 });
    const release = disk.pause();
    for (let line = 0; line < 1000 && log.permitsOperations; line += 1) log.append(ENTRY);
    expect(log.permitsOperations).toBe(false);
    expect(reports).toEqual([]);
    expect(log.bufferedLength).toBeLessThan(6000);
    release();
    await log.flush();
    expect(log.permitsOperations).toBe(true);
    await log.close();
  });

  it('gives up when it is closed, and says so', async () => {
    const log = openLog();
    disk.full = true;
    await expect(log.close()).rejects.toThrow(AuditLogError);
    expect(disk.closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** A disk that can be full or slow. */
class Disk implements AuditSink {
  readonly batches: AuditBatch[] = [];
  full = false;
  closed = false;
  attempts = 0;
  #paused: Promise<void> | undefined;

  async write(batch: AuditBatch): Promise<void> {
    this.attempts += this.full ? 1 : 0;
    await this.#paused;
    if (this.full) throw new Error('no space');
    this.batches.push(batch);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  pause(): () => void {
    const { promise, resolve } = withResolvers();
    this.#paused = promise;
    return resolve;
  }

  linesOf(index: number): Record<string, unknown>[] {
    const text = Buffer.from(this.batches[index]?.lines ?? []).toString();
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => ({ ...(JSON.parse(line) as object) }));
  }

  lines(): Record<string, unknown>[] {
    return this.batches.flatMap((_, index) => this.linesOf(index));
  }

  operations(): number {
    return this.lines().filter(({ operation }) => operation === 'ping').length;
  }
}

function openLog(settings: Partial<AuditLogSettings> = {}): AuditLog {
  const all: AuditLogSettings = {
    path: 'audit.log',
    maximumFileLength: 1_000_000,
    maximumFileAge: 1_000_000,
    maximumBufferedLength: 1_000_000,
    whenUnwritable: 'stop_signing',
    report: ({ type }) => void reports.push(type),
    now: () => 0,
    ...settings,
  };
  return new AuditLog(disk, createChainHash(), all, { position: BEGINNING });
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

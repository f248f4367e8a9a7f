import { generateKeyPairSync, sign } from 'node:crypto';
import { PrivateKey } from '@latchkey/native';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type StoredKey, storedKey } from '../keys/key-store.js';
import type { Job } from '../pool/job.js';
import { Readiness, type ReadinessProblem } from './readiness.js';

const KEY_PAIR = generateKeyPairSync('ed25519');
const PRIVATE_KEY = PrivateKey.parse(KEY_PAIR.privateKey.export({ type: 'pkcs8', format: 'der' }));

let keys: StoredKey[];
let jobs: Job[];
let problems: ReadinessProblem[];
let respond: (job: Job) => void;
let readiness: Readiness;

function signIt(job: Job): void {
  job.complete(sign(null, job.operation.payload, KEY_PAIR.privateKey));
}

function makeKeys(count: number): StoredKey[] {
  return Array.from({ length: count }, (_, index) => storedKey(PRIVATE_KEY, `${index}.key`));
}

beforeEach(() => {
  vi.useFakeTimers();
  keys = makeKeys(3);
  jobs = [];
  problems = [];
  respond = signIt;
  const submit = (job: Job) => {
    jobs.push(job);
    respond(job);
  };
  readiness = new Readiness({ keys: () => keys, executor: { submit }, problems: () => problems });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('Readiness', () => {
  it('checks every key once, and again after half a minute', async () => {
    expect(await readiness.report()).toEqual({ ready: true, problems: [] });
    expect(jobs).toHaveLength(3);
    vi.advanceTimersByTime(29_999);
    await readiness.report();
    expect(jobs).toHaveLength(3);
    vi.advanceTimersByTime(1);
    await readiness.report();
    expect(jobs).toHaveLength(6);
  });

  it('checks a key again at once that has just been loaded', async () => {
    await readiness.report();
    keys = makeKeys(1);
    expect(readiness.current()).toMatchObject({ ready: false, problems: [{ problem: 'key_unchecked' }] });
    expect((await readiness.report()).ready).toBe(true);
    expect(jobs).toHaveLength(4);
  });

  it('checks a key that failed again after a second', async () => {
    respond = (job) => job.fail('internal');
    expect(await readiness.report()).toMatchObject({
      ready: false,
      problems: keys.map(({ label }) => ({ problem: 'key_unusable', name: label })),
    });
    respond = signIt;
    expect((await readiness.report()).ready).toBe(false);
    vi.advanceTimersByTime(1000);
    expect((await readiness.report()).ready).toBe(true);
  });

  it('checks a few keys at once, and of those that were checked before only some, the oldest first', async () => {
    keys = makeKeys(100);
    await readiness.report();
    vi.advanceTimersByTime(30_000);
    for (let report = 1; report <= 4; report++) {
      await readiness.report();
      expect(jobs).toHaveLength(100 + Math.min(100, 32 * report));
    }
    respond = () => {};
    vi.advanceTimersByTime(30_000);
    const report = readiness.report();
    expect(jobs).toHaveLength(204);
    vi.advanceTimersByTime(2000);
    expect((await report).ready).toBe(true);
  });

  it('does not wait for a key that does not answer', async () => {
    respond = () => {};
    const report = readiness.report();
    vi.advanceTimersByTime(2000);
    expect((await report).problems).toEqual(
      keys.map(({ label }) => expect.objectContaining({ problem: 'key_unchecked', name: label }) as unknown),
    );
  });

  it('names a key once that somebody else has named already, and a hundred things at most', async () => {
    const ski = Buffer.from(PRIVATE_KEY.ski).toString('hex');
    problems = [{ problem: 'key_unusable', ski, name: 'token' }];
    respond = (job) => job.fail('internal');
    expect(await readiness.report()).toEqual({ ready: false, problems });
    problems = Array.from({ length: 200 }, () => ({ problem: 'draining' }));
    expect((await readiness.report()).problems).toHaveLength(100);
  });
});

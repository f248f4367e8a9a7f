import { generateKeyPairSync } from 'node:crypto';
import { CryptographyFailedError } from '@latchkey/codec';
import { OperationCode } from '@latchkey/native';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import type { Job } from '../pool/job.js';
import { ExternalKeyStore } from './external-key-store.js';
import {
  KeyStoreCredentialsError,
  type KeyStoreProvider,
  KeyStoreUnavailableError,
  type ProvidedKey,
  type ProvidedKeys,
} from './key-store-provider.js';

const FIRST_KEY = makePublicKey();
const SECOND_KEY = makePublicKey();

function makePublicKey(): Uint8Array {
  return generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });
}

/** A provider that does as it is told. */
class ToldProvider implements KeyStoreProvider {
  readonly name = 'told';
  readonly concurrency = 2;
  publicKeys = [FIRST_KEY];
  loadFailure: Error | undefined;
  loads = 0;
  readonly performed: Parameters<ProvidedKey['perform']>[] = [];
  perform: ProvidedKey['perform'] = () => Promise.resolve(Uint8Array.of(1, 2, 3));
  closed = false;

  load(): Promise<ProvidedKeys> {
    this.loads += 1;
    if (this.loadFailure !== undefined) return Promise.reject(this.loadFailure);
    const keys = this.publicKeys.map((subjectPublicKeyInfo, index): ProvidedKey => ({
      subjectPublicKeyInfo,
      label: `key ${index}`,
      perform: (...request) => {
        this.performed.push(request);
        return this.perform(...request);
      },
    }));
    return Promise.resolve({ keys });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

class RecordedJob implements Job {
  wanted = true;
  readonly operation: PrivateKeyOperation;
  readonly deadline: number;
  readonly answers: (readonly number[] | OperationFailure)[] = [];

  constructor(keyHandle = 1, timeout = 10_000) {
    this.operation = {
      keyHandle,
      ski: new Uint8Array(20),
      performer: 'long',
      code: OperationCode.ed25519,
      payload: Uint8Array.of(0),
    };
    this.deadline = performance.now() + timeout;
  }

  complete(answer: Uint8Array): void {
    this.answers.push([...answer]);
  }

  fail(failure: OperationFailure): void {
    this.answers.push(failure);
  }
}

let provider: ToldProvider;
let store: ExternalKeyStore;
let keyChanges: number;
let log: string;

beforeEach(() => {
  vi.useFakeTimers();
  provider = new ToldProvider();
  keyChanges = 0;
  log = '';
  store = new ExternalKeyStore(provider, {
    logger: pino({}, { write: (line: string) => void (log += line) }),
    onKeysChanged: () => void (keyChanges += 1),
  });
});

afterEach(async () => {
  await store.close();
  vi.useRealTimers();
});

async function submit(...jobs: RecordedJob[]): Promise<RecordedJob['answers'][]> {
  for (const job of jobs) store.submit(job);
  await vi.advanceTimersByTimeAsync(0);
  return jobs.map(({ answers }) => answers);
}

/** Operations that end when the test says so. */
function holdOperations(): { resolve(answer: Uint8Array): void; reject(error: Error): void }[] {
  const held: ReturnType<typeof holdOperations> = [];
  provider.perform = () => new Promise((resolve, reject) => held.push({ resolve, reject }));
  return held;
}

describe('ExternalKeyStore', () => {
  it('performs operations with the keys that its provider has', async () => {
    await store.connect();
    expect([...store.keys].map(({ label }) => label)).toEqual(['key 0']);
    expect(await submit(new RecordedJob())).toEqual([[[1, 2, 3]]]);
    expect(provider.performed[0]?.[0]).toEqual({
      type: 'sign_message',
      scheme: 'ed25519',
      message: Uint8Array.of(0),
    });
    expect(store.health).toEqual({ store: 'told', state: 'ready', unusableKeys: [], problems: [] });
  });

  it('has no more under way than its provider wants, and lets the others wait', async () => {
    const held = holdOperations();
    await store.connect();
    const jobs = [new RecordedJob(), new RecordedJob(), new RecordedJob()];
    await submit(...jobs);
    expect([held.length, store.queueLength]).toEqual([2, 1]);
    held[1]?.resolve(Uint8Array.of(7));
    expect(await submit()).toEqual([]);
    expect([held.length, store.queueLength]).toEqual([3, 0]);
    expect(jobs.map(({ answers }) => answers)).toEqual([[], [[7]], []]);
  });

  it('refuses more than it would ever get done', async () => {
    holdOperations();
    await store.connect();
    const jobs = Array.from({ length: 2 + 1024 + 1 }, () => new RecordedJob());
    const answers = await submit(...jobs);
    expect(answers.at(-1)).toEqual(['internal']);
    expect(answers.slice(0, -1).every(({ length }) => length === 0)).toBe(true);
  });

  it('answers at the deadline what a provider hangs on, sends it no more meanwhile, and drops and wipes what comes late', async () => {
    const held = holdOperations();
    await store.connect();
    const jobs = [new RecordedJob(1, 1000), new RecordedJob(1, 1000), new RecordedJob(1, 5000)];
    await submit(...jobs);
    await vi.advanceTimersByTimeAsync(1100);
    expect(jobs.map(({ answers }) => answers)).toEqual([
      ['deadline_exceeded'],
      ['deadline_exceeded'],
      ['internal'],
    ]);
    expect(provider.performed.every(([, { signal }]) => signal?.aborted)).toBe(true);
    expect(await submit(new RecordedJob())).toEqual([['internal']]);
    expect(held).toHaveLength(2);

    const late = Uint8Array.of(9, 9);
    held[0]?.resolve(late);
    await submit();
    expect(late).toEqual(Uint8Array.of(0, 0));
    expect(jobs[0]?.answers).toHaveLength(1);
    await submit(new RecordedJob());
    expect(held).toHaveLength(3);
  });

  it('connects afresh when its provider does not let go of an operation', async () => {
    holdOperations();
    await store.connect();
    await submit(new RecordedJob(1, 1000));
    await vi.advanceTimersByTimeAsync(6100);
    expect(store.health).toMatchObject({
      state: 'unavailable',
      reason: 'it does not answer',
      unusableKeys: [expect.any(String)],
    });
    provider.perform = () => Promise.resolve(Uint8Array.of(4));
    await vi.advanceTimersByTimeAsync(1000);
    expect(provider.loads).toBe(2);
    expect(await submit(new RecordedJob())).toEqual([[[4]]]);
  });

  it('drops what nobody waits for', async () => {
    const held = holdOperations();
    await store.connect();
    const jobs = [new RecordedJob(), new RecordedJob(), new RecordedJob()];
    await submit(...jobs);
    for (const job of jobs) job.wanted = false;
    await vi.advanceTimersByTimeAsync(200);
    held[0]?.resolve(new Uint8Array(1));
    expect(await submit()).toEqual([]);
    expect(jobs.map(({ answers }) => answers)).toEqual([['cancelled'], ['cancelled'], ['cancelled']]);
    expect(held).toHaveLength(2);
  });

  it('tells a refused operation from a broken one, and goes on', async () => {
    await store.connect();
    provider.perform = () => Promise.reject(new CryptographyFailedError('no'));
    expect(await submit(new RecordedJob())).toEqual([['cryptography_failed']]);
    provider.perform = () => Promise.reject(new Error('broken'));
    expect(await submit(new RecordedJob())).toEqual([['internal']]);
    expect(store.health.state).toBe('ready');
    expect(provider.loads).toBe(1);
  });

  it('fails at once while its provider is gone, comes back by itself, and tries ever more seldom', async () => {
    await store.connect();
    const held = holdOperations();
    const jobs = [new RecordedJob(), new RecordedJob(), new RecordedJob()];
    await submit(...jobs);
    provider.loadFailure = new KeyStoreUnavailableError('no token');
    held[0]?.reject(new KeyStoreUnavailableError('the token is gone'));
    await submit();
    expect(jobs.map(({ answers }) => answers)).toEqual([['internal'], ['internal'], ['internal']]);
    expect(await submit(new RecordedJob())).toEqual([['internal']]);

    await vi.advanceTimersByTimeAsync(600_000);
    expect(provider.loads).toBeGreaterThan(15);
    expect(provider.loads).toBeLessThan(40);
    expect(log.match(/no token/g)).toHaveLength(1);

    provider.loadFailure = undefined;
    provider.perform = () => Promise.resolve(Uint8Array.of(5));
    await vi.advanceTimersByTimeAsync(40_000);
    expect(await submit(new RecordedJob())).toEqual([[[5]]]);
    expect(keyChanges).toBe(1);
  });

  it('keeps a key by its handle when others come before it', async () => {
    await store.connect();
    provider.perform = () => Promise.reject(new KeyStoreUnavailableError('gone'));
    await submit(new RecordedJob());
    provider.publicKeys = [SECOND_KEY, FIRST_KEY];
    await vi.advanceTimersByTimeAsync(1000);
    expect([...store.keys].map(({ label, description }) => [label, description.handle])).toEqual([
      ['key 0', 2],
      ['key 1', 1],
    ]);
    expect(keyChanges).toBe(2);
  });

  it('does not try refused credentials again before it is told to', async () => {
    provider.loadFailure = new KeyStoreCredentialsError('wrong PIN');
    await store.connect();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(provider.loads).toBe(1);
    expect(store.health).toMatchObject({ state: 'credentials_refused', reason: 'wrong PIN' });
    provider.loadFailure = undefined;
    await store.connect();
    expect(store.health.state).toBe('ready');
  });

  it('gives up a load that takes for ever', async () => {
    provider.load = ({ signal } = { signal: new AbortController().signal }) =>
      new Promise(() => expect(signal.aborted).toBe(false));
    const connecting = store.connect();
    await vi.advanceTimersByTimeAsync(30_000);
    await connecting;
    expect(store.health).toMatchObject({ state: 'unavailable', reason: 'it does not answer within 30 s' });
  });

  it('names keys that are none of the kinds that are served, and serves the others', async () => {
    const x25519 = generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' });
    provider.publicKeys = [x25519, FIRST_KEY];
    await store.connect();
    expect([...store.keys].map(({ label }) => label)).toEqual(['key 1']);
    expect(store.health.problems).toEqual([
      { label: 'key 0', reason: 'it is neither RSA, RSA-PSS, EC nor Ed25519' },
    ]);
  });

  it('fails everything when it is closed', async () => {
    holdOperations();
    await store.connect();
    const jobs = [new RecordedJob(), new RecordedJob(), new RecordedJob()];
    await submit(...jobs);
    await store.close();
    expect(jobs.map(({ answers }) => answers)).toEqual([['closed'], ['closed'], ['closed']]);
    expect(await submit(new RecordedJob())).toEqual([['closed']]);
    expect(provider.closed).toBe(true);
  });
});

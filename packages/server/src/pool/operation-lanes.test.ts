import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { OperationCode, PrivateKey } from '@latchkey/native';
import { afterEach, describe, expect, it } from 'vitest';
import type { OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import { Turn } from '../turn.js';
import type { Job } from './job.js';
import type { Lane } from './lane.js';
import { OperationLanes } from './operation-lanes.js';

const WORKER = new URL('../../dist/pool/worker.js', import.meta.url);
const FAULTY_WORKER = new URL('../test-support/faulty-worker.mjs', import.meta.url);
const NEVER = Infinity;

const key = PrivateKey.parse(
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
);
const publicKey = createPublicKey({
  key: Buffer.from(key.subjectPublicKeyInfo),
  format: 'der',
  type: 'spki',
});
const pools: OperationLanes[] = [];
const workerFailures: unknown[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  workerFailures.length = 0;
});

function makePool({ workers = 1, workerFile = WORKER } = {}): OperationLanes {
  const pool = new OperationLanes({
    workers,
    turn: new Turn(),
    workerFile,
    onWorkerFailure: (error) => workerFailures.push(error),
  });
  pools.push(pool);
  return pool;
}

class RecordedJob implements Job {
  wanted = true;
  readonly operation: PrivateKeyOperation;
  readonly deadline: number;
  readonly answers: (Uint8Array | OperationFailure)[] = [];
  readonly answered: Promise<Uint8Array | OperationFailure>;
  #onAnswer: (answer: Uint8Array | OperationFailure) => void = () => {};

  constructor(
    message: string,
    {
      deadline = NEVER,
      handle = key.handle,
      lane = 'short',
    }: { readonly deadline?: number; readonly handle?: number; readonly lane?: Lane } = {},
  ) {
    this.operation = {
      keyHandle: handle,
      ski: key.ski,
      performer: lane,
      code: OperationCode.ed25519,
      payload: Buffer.from(message),
    };
    this.deadline = deadline;
    this.answered = new Promise((resolve) => {
      this.#onAnswer = resolve;
    });
  }

  complete(bytes: Uint8Array, start?: number, end?: number): void {
    this.#record(bytes.slice(start, end));
  }

  fail(failure: OperationFailure): void {
    this.#record(failure);
  }

  #record(answer: Uint8Array | OperationFailure): void {
    this.answers.push(answer);
    this.#onAnswer(answer);
  }

  get isSigned(): boolean {
    const [answer] = this.answers;
    return answer instanceof Uint8Array && verify(null, this.operation.payload, publicKey, answer);
  }
}

function submit(pool: OperationLanes, ...jobs: RecordedJob[]): Promise<(Uint8Array | OperationFailure)[]> {
  for (const job of jobs) pool.submit(job);
  return Promise.all(jobs.map(({ answered }) => answered));
}

describe('OperationLanes', () => {
  it('answers each of many jobs once and with its own answer', async () => {
    const jobs = Array.from({ length: 200 }, (_, index) => new RecordedJob(`message ${index}`));
    await submit(makePool({ workers: 2 }), ...jobs);
    expect(jobs.every(({ isSigned }) => isSigned)).toBe(true);
    expect(jobs.every(({ answers }) => answers.length === 1)).toBe(true);
  });

  it('does not sign what has expired or what nobody waits for', async () => {
    const expired = new RecordedJob('expired', { deadline: performance.now() });
    const unwanted = new RecordedJob('unwanted');
    unwanted.wanted = false;
    const wanted = new RecordedJob('wanted');
    await submit(makePool(), expired, unwanted, wanted);
    expect(expired.answers).toEqual(['deadline_exceeded']);
    expect(unwanted.answers).toEqual(['cancelled']);
    expect(wanted.isSigned).toBe(true);
  });

  it('performs at the end of the turn, and in this thread, what is inline', async () => {
    // A worker that has got it would never let go of it.
    const jobs = [
      new RecordedJob('hang', { lane: 'inline' }),
      new RecordedJob('beside it', { lane: 'inline' }),
    ];
    const pool = makePool({ workerFile: FAULTY_WORKER });
    void submit(pool, ...jobs);
    expect(jobs.map(({ answers }) => answers.length)).toEqual([0, 0]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(jobs.map(({ isSigned }) => isSigned)).toEqual([true, true]);
  });

  it('lets no lane wait for a thread that another one keeps busy while a second thread is idle', async () => {
    const pool = makePool({ workers: 2, workerFile: FAULTY_WORKER });
    void submit(pool, new RecordedJob('hang', { lane: 'long' }));
    await new Promise((resolve) => setImmediate(resolve));
    const jobs = ['inline', 'short', 'long'].map((lane) => new RecordedJob(lane, { lane: lane as Lane }));
    await submit(pool, ...jobs);
    expect(jobs.map(({ isSigned }) => isSigned)).toEqual([true, true, true]);
  });

  it('gives a thread to each lane in turn', async () => {
    const pool = makePool();
    const order: Lane[] = [];
    const jobsOf = (lane: Lane, count: number) =>
      Array.from({ length: count }, () => {
        const job = new RecordedJob(lane, { lane });
        void job.answered.then(() => order.push(lane));
        return job;
      });
    await submit(pool, ...jobsOf('long', 24), ...jobsOf('short', 1));
    expect(order.indexOf('short')).toBeLessThan(9);
  });

  it('performs a burst of inline operations bit by bit, and reads and writes in between', async () => {
    const pool = makePool({ workerFile: FAULTY_WORKER });
    // The thread is taken: the burst is all for this one.
    void submit(pool, new RecordedJob('hang'));
    await new Promise((resolve) => setImmediate(resolve));
    const jobs = Array.from({ length: 2000 }, (_, index) => new RecordedJob(`${index}`, { lane: 'inline' }));
    void submit(pool, ...jobs);
    await new Promise((resolve) => setImmediate(resolve));
    const afterOneTurn = jobs.filter(({ answers }) => answers.length === 1).length;
    expect(afterOneTurn).toBeGreaterThan(0);
    expect(afterOneTurn).toBeLessThan(2000);
    await Promise.all(jobs.map(({ answered }) => answered));
    expect(jobs.every(({ isSigned, answers }) => isSigned && answers.length === 1)).toBe(true);
  });

  it('fails an operation alone that does not fit its key, or whose key is gone', async () => {
    const gone = PrivateKey.parse(
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }),
    );
    gone.dispose();
    const unfit = new RecordedJob('unfit');
    Object.assign(unfit.operation, { code: OperationCode.rsa_pkcs1_sha256, payload: new Uint8Array(32) });
    const orphan = new RecordedJob('orphan', { handle: gone.handle });
    const good = new RecordedJob('good');
    await submit(makePool(), unfit, orphan, good);
    expect(unfit.answers).toEqual(['cryptography_failed']);
    expect(orphan.answers).toEqual(['key_not_found']);
    expect(good.isSigned).toBe(true);
  });

  it.each(['exit', 'throw', 'garbage'])(
    'answers the jobs of a thread that fails (%s), says so, and goes on',
    async (fault) => {
      const pool = makePool({ workerFile: FAULTY_WORKER });
      const first = [new RecordedJob(fault), new RecordedJob('beside it')];
      expect(await submit(pool, ...first)).toEqual(['internal', 'internal']);
      const next = new RecordedJob('next');
      await submit(pool, next);
      expect(next.isSigned).toBe(true);
      expect(first.every(({ answers }) => answers.length === 1)).toBe(true);
      expect(workerFailures).toHaveLength(1);
    },
  );

  it('answers at their deadline the jobs of a thread that hangs, and those that wait for it', async () => {
    const pool = makePool({ workerFile: FAULTY_WORKER });
    const running = new RecordedJob('hang', { deadline: performance.now() + 50 });
    const begun = submit(pool, running);
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = new RecordedJob('waiting', { deadline: performance.now() + 50 });
    expect(await submit(pool, waiting)).toEqual(['deadline_exceeded']);
    expect(await begun).toEqual(['deadline_exceeded']);
    await pool.close();
    expect([running.answers, waiting.answers]).toEqual([['deadline_exceeded'], ['deadline_exceeded']]);
  });

  it('fails what is under way, what waits and what comes later when it is closed', async () => {
    const pool = makePool({ workerFile: FAULTY_WORKER });
    const running = submit(pool, new RecordedJob('hang'));
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = submit(pool, new RecordedJob('waiting'));
    await pool.close();
    expect(await running).toEqual(['closed']);
    expect(await waiting).toEqual(['closed']);
    expect(await submit(pool, new RecordedJob('later'))).toEqual(['closed']);
    expect(workerFailures).toEqual([]);
  });

  it('is ready when its threads are, and says so when they cannot be', async () => {
    await expect(makePool({ workers: 2 }).ready()).resolves.toBeUndefined();
    const missing = new URL('missing.js', import.meta.url);
    await expect(makePool({ workerFile: missing }).ready()).rejects.toThrow('missing.js');
  });
});

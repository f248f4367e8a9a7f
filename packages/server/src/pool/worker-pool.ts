import { BatchReader, BatchStatus, BatchWriter } from '@latchkey/native';
import { Piscina } from 'piscina';
import type { OperationFailure } from '../operations/failure.js';
import type { Job, JobExecutor } from './job.js';
import { JobQueue } from './job-queue.js';

/** How a {@link WorkerPool} works. */
export interface WorkerPoolOptions {
  /** Threads, at least 1. */
  readonly workers: number;
  /** Called when a thread has failed; the jobs that it had are answered, and another thread takes its place. */
  readonly onWorkerFailure: (error: unknown) => void;
  /** Called when a thread is done with a batch of so many operations, and for how many milliseconds it had it. */
  readonly onBatch?: (size: number, milliseconds: number) => void;
  /** What the threads run: a module that exports `performTransferred`. Default: {@link ./worker.ts} as built. */
  readonly workerFile?: URL;
}

/**
 * Threads that perform private-key operations.
 *
 * Batches form by themselves: what arrives in one turn of the event loop goes to the idle threads in even shares at the
 * turn's end; while all are busy, what arrives becomes the next batch. Every job gets exactly one answer, its failure
 * at most a tenth of a second after its deadline, whatever happens to the thread that has it.
 */
export class WorkerPool implements JobExecutor {
  readonly #piscina: Piscina<ArrayBuffer, ArrayBuffer>;
  readonly #onWorkerFailure: (error: unknown) => void;
  readonly #onBatch: ((size: number, milliseconds: number) => void) | undefined;
  readonly #queue = new JobQueue();
  readonly #running = new Set<Batch>();
  #idle: number;
  #dispatchIsDue = false;
  #expiryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ workers, onWorkerFailure, onBatch, workerFile }: WorkerPoolOptions) {
    this.#idle = workers;
    this.#onWorkerFailure = onWorkerFailure;
    this.#onBatch = onBatch;
    this.#piscina = new Piscina({
      filename: (workerFile ?? new URL('./worker.js', import.meta.url)).href,
      name: 'performTransferred',
      minThreads: workers,
      maxThreads: workers,
    });
    this.#piscina.on('error', onWorkerFailure);
  }

  /** Jobs that no thread has begun. */
  get queueLength(): number {
    return this.#queue.length;
  }

  /** Waits until every thread has shown that it can work. Rejects with the reason why it cannot. */
  async ready(): Promise<void> {
    const checks = Array.from({ length: this.#idle }, () => this.#perform(new BatchWriter().finish()));
    await Promise.all(checks);
  }

  /** Takes a job, to be answered in a later turn of the event loop. */
  submit(job: Job): void {
    this.#queue.push(job);
    this.#expiryTimer ??= setTimeout(() => this.#expire(), EXPIRY_INTERVAL).unref();
    if (this.#dispatchIsDue) return;
    this.#dispatchIsDue = true;
    setImmediate(() => {
      this.#dispatchIsDue = false;
      this.#dispatch();
    });
  }

  /** Fails all jobs and ends the threads. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#expiryTimer);
    for (const job of this.#queue.remove(() => true)) job.fail('closed');
    for (const batch of this.#running) failAll(batch, 'closed');
    await this.#piscina.destroy();
  }

  #dispatch(): void {
    if (this.#closed) {
      for (const job of this.#queue.remove(() => true)) job.fail('closed');
      return;
    }
    while (this.#idle > 0 && this.#queue.length > 0) {
      const share = Math.ceil(this.#queue.length / this.#idle);
      const jobs = this.#take(Math.min(share, MAXIMUM_BATCH_LENGTH));
      if (jobs.length > 0) void this.#run(jobs);
    }
  }

  #take(length: number): Job[] {
    const now = performance.now();
    const jobs: Job[] = [];
    while (jobs.length < length) {
      const job = this.#queue.shift();
      if (job === undefined) break;
      if (!job.wanted) job.fail('cancelled');
      else if (job.deadline <= now) job.fail('deadline_exceeded');
      else jobs.push(job);
    }
    for (const job of jobs) job.begunAt = now;
    return jobs;
  }

  async #run(jobs: readonly Job[]): Promise<void> {
    const batch: Batch = [...jobs];
    const begunAt = performance.now();
    this.#idle -= 1;
    this.#running.add(batch);
    try {
      const answers = await this.#perform(pack(jobs));
      const answeredAt = performance.now();
      this.#onBatch?.(jobs.length, answeredAt - begunAt);
      deliver(batch, answers, answeredAt);
    } catch (error) {
      failAll(batch, 'internal');
      if (!this.#closed) this.#onWorkerFailure(error);
    }
    this.#running.delete(batch);
    this.#idle += 1;
    this.#dispatch();
  }

  #perform(requests: ArrayBuffer): Promise<ArrayBuffer> {
    return this.#piscina.run(requests, { transferList: [requests] });
  }

  #expire(): void {
    const now = performance.now();
    for (const job of this.#queue.remove(({ deadline }) => deadline <= now)) job.fail('deadline_exceeded');
    for (const batch of this.#running) {
      for (const [index, job] of batch.entries()) {
        if (job === undefined || job.deadline > now) continue;
        batch[index] = undefined;
        job.fail('deadline_exceeded');
      }
    }
    if (this.#queue.length > 0 || this.#running.size > 0) this.#expiryTimer?.refresh();
    else this.#expiryTimer = undefined;
  }
}

/** The jobs that a thread has; undefined where one is answered already. */
type Batch = (Job | undefined)[];

/**
 * Enough that handing a batch to a thread costs little beside what is computed there (DESIGN: 35 us), few enough that
 * its first answer does not wait long for its last: 8 ms of RSA-2048.
 */
const MAXIMUM_BATCH_LENGTH = 32;

/** How long after its deadline a job may still be without its answer, in milliseconds. */
const EXPIRY_INTERVAL = 100;

function pack(jobs: readonly Job[]): ArrayBuffer {
  const writer = new BatchWriter();
  for (const { operation } of jobs) {
    const { keyHandle, code, payload, options } = operation;
    writer.add(keyHandle, code, payload, options);
  }
  return writer.finish();
}

function deliver(batch: Batch, answers: ArrayBuffer, answeredAt: number): void {
  const reader = new BatchReader(answers);
  for (const [index, job] of batch.entries()) {
    if (job === undefined) continue;
    const status = reader.status(index);
    batch[index] = undefined;
    job.answeredAt = answeredAt;
    if (status === BatchStatus.ok) job.complete(reader.answer(index));
    else job.fail(FAILURES[status]);
  }
  // Decrypted secrets have been in there.
  new Uint8Array(answers).fill(0);
}

function failAll(batch: Batch, failure: OperationFailure): void {
  for (const [index, job] of batch.entries()) {
    batch[index] = undefined;
    job?.fail(failure);
  }
}

const FAILURES: Readonly<Record<Exclude<BatchStatus, typeof BatchStatus.ok>, OperationFailure>> = {
  [BatchStatus.failed]: 'cryptography_failed',
  [BatchStatus.wrong_key_type]: 'cryptography_failed',
  [BatchStatus.bad_length]: 'cryptography_failed',
  // A reload has taken the key away since it was looked up.
  [BatchStatus.no_such_key]: 'key_not_found',
  [BatchStatus.unknown_operation]: 'internal',
};

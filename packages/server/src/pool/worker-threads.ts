import { BatchWriter } from '@latchkey/native';
import { Piscina } from 'piscina';
import type { OperationFailure } from '../operations/failure.js';
import type { Batch } from './batch.js';

/** How {@link WorkerThreads} work. */
export interface WorkerThreadsOptions {
  /** Threads, at least 1. */
  readonly workers: number;
  /** Called when a thread has failed; the jobs that it had are answered, and another thread takes its place. */
  readonly onFailure: (error: unknown) => void;
  /** Called when a thread has nothing to do any more. */
  readonly onIdle: () => void;
  /** Called when a thread is done with a batch, and for how many milliseconds it had it. */
  readonly onBatch: (batch: Batch, milliseconds: number) => void;
  /** What the threads run: a module that exports `performTransferred`. Default: {@link ./worker.ts} as built. */
  readonly workerFile?: URL | undefined;
}

/** Threads that perform batches, one at a time each. A batch is one buffer that goes there, and one that comes back. */
export class WorkerThreads {
  readonly #options: WorkerThreadsOptions;
  readonly #piscina: Piscina<ArrayBuffer, ArrayBuffer>;
  readonly #running = new Set<Batch>();
  #closed = false;

  constructor(options: WorkerThreadsOptions) {
    this.#options = options;
    this.#piscina = new Piscina({
      filename: (options.workerFile ?? new URL('./worker.js', import.meta.url)).href,
      name: 'performTransferred',
      minThreads: options.workers,
      maxThreads: options.workers,
    });
    this.#piscina.on('error', options.onFailure);
  }

  /** How many have nothing to do. */
  get idle(): number {
    return this.#options.workers - this.#running.size;
  }

  /** Whether a thread has something to do. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Waits until every thread has shown that it can work. Rejects with the reason why it cannot. */
  async ready(): Promise<void> {
    const checks = Array.from({ length: this.#options.workers }, () =>
      this.#perform(new BatchWriter().finish()),
    );
    await Promise.all(checks);
  }

  /** Has an idle thread perform a batch. Never rejects: whatever happens to the thread, the jobs are answered. */
  async run(batch: Batch): Promise<void> {
    const begunAt = performance.now();
    this.#running.add(batch);
    try {
      const answers = await this.#perform(batch.pack());
      const answeredAt = performance.now();
      this.#options.onBatch(batch, answeredAt - begunAt);
      batch.deliver(answers, answeredAt);
    } catch (error) {
      batch.failAll('internal');
      if (!this.#closed) this.#options.onFailure(error);
    }
    this.#running.delete(batch);
    this.#options.onIdle();
  }

  /** Fails the jobs under way whose time is up. */
  expire(now: number): void {
    for (const batch of this.#running) batch.expire(now);
  }

  /** Fails the jobs under way and ends the threads. */
  async close(failure: OperationFailure): Promise<void> {
    this.#closed = true;
    for (const batch of this.#running) batch.failAll(failure);
    await this.#piscina.destroy();
  }

  #perform(requests: ArrayBuffer): Promise<ArrayBuffer> {
    return this.#piscina.run(requests, { transferList: [requests] });
  }
}

import { CryptographyFailedError, type PerformOptions } from '@latchkey/codec';
import type { OperationFailure } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import type { Job } from '../pool/job.js';
import { JobQueue } from '../pool/job-queue.js';
import { KeyStoreUnavailableError } from './key-store-provider.js';

/** How a {@link ProviderLane} works. */
export interface ProviderLaneOptions {
  /** Performs a job's operation; rejects as {@link ProvidedKey.perform} does. The answer is wiped afterwards. */
  readonly perform: (operation: PrivateKeyOperation, options: PerformOptions) => Promise<Uint8Array>;
  /** Called when the store has failed as a whole, or does not let go of an operation. Jobs are still accepted after it. */
  readonly onUnavailable: (error: unknown) => void;
  /** Called when one operation has failed for a reason that is not the requester's. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The queue in front of one key store, and what is under way there.
 *
 * Each job gets exactly one answer, its failure at most a tenth of a second after its deadline. An operation that is past
 * its deadline keeps its place until the store lets go of it: to send more to a store that hangs, or the same again, would
 * only make it worse. While all places are held like that, jobs fail at once.
 */
export class ProviderLane {
  readonly #options: ProviderLaneOptions;
  readonly #queue = new JobQueue();
  readonly #underWay = new Set<OperationUnderWay>();
  #concurrency = 1;
  #expiryTimer: NodeJS.Timeout | undefined;

  constructor(options: ProviderLaneOptions) {
    this.#options = options;
  }

  /** Jobs that have not been begun. */
  get queueLength(): number {
    return this.#queue.length;
  }

  /** Operations under way at once at most. */
  set concurrency(concurrency: number) {
    this.#concurrency = concurrency;
  }

  submit(job: Job): void {
    if (this.#queue.length >= MAXIMUM_QUEUE_LENGTH || this.#hangs()) {
      job.fail('internal');
      return;
    }
    this.#queue.push(job);
    this.#expiryTimer ??= setTimeout(() => this.#expire(), EXPIRY_INTERVAL).unref();
    this.#dispatch();
  }

  /** Fails all jobs and gives up what is under way. */
  failAll(failure: OperationFailure): void {
    clearTimeout(this.#expiryTimer);
    this.#expiryTimer = undefined;
    const operations = [...this.#underWay];
    this.#underWay.clear();
    for (const job of this.#queue.remove(() => true)) job.fail(failure);
    for (const operation of operations) operation.fail(failure);
  }

  #dispatch(): void {
    while (this.#underWay.size < this.#concurrency) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      if (!job.wanted) job.fail('cancelled');
      else if (job.deadline <= performance.now()) job.fail('deadline_exceeded');
      else void this.#run(new OperationUnderWay(job));
    }
  }

  async #run(operation: OperationUnderWay): Promise<void> {
    this.#underWay.add(operation);
    try {
      operation.complete(await this.#options.perform(operation.operation, operation.options));
    } catch (error) {
      this.#onError(operation, error);
    }
    if (this.#underWay.delete(operation)) this.#dispatch();
  }

  #onError(operation: OperationUnderWay, error: unknown): void {
    if (error instanceof CryptographyFailedError) {
      operation.fail('cryptography_failed');
      return;
    }
    const isGivenUp = operation.isAnswered;
    operation.fail('internal');
    // What has been given up may fail for that very reason.
    if (isGivenUp) return;
    if (error instanceof KeyStoreUnavailableError) this.#options.onUnavailable(error);
    else this.#options.onFailure(error);
  }

  #expire(): void {
    const now = performance.now();
    for (const job of this.#queue.remove(({ deadline }) => deadline <= now)) job.fail('deadline_exceeded');
    for (const operation of this.#underWay) operation.expire(now);
    if (this.#hangs()) for (const job of this.#queue.remove(() => true)) job.fail('internal');
    if (this.#queue.length > 0 || this.#underWay.size > 0) this.#expiryTimer?.refresh();
    else this.#expiryTimer = undefined;
    const isStuck = [...this.#underWay].some(({ options }) => options.deadline + PATIENCE <= now);
    if (isStuck) this.#options.onUnavailable(new KeyStoreUnavailableError('it does not answer'));
  }

  #hangs(): boolean {
    if (this.#underWay.size < this.#concurrency) return false;
    const now = performance.now();
    return [...this.#underWay].every(({ options }) => options.deadline <= now);
  }
}

/** Jobs that wait for a key store at most: as many as one connection may have under way. */
const MAXIMUM_QUEUE_LENGTH = 1024;

/** How long after its deadline a job may still be without its answer, in milliseconds. */
const EXPIRY_INTERVAL = 100;

/** How long after its deadline a store may hold on to an operation before it is connected to afresh, in milliseconds. */
const PATIENCE = 5000;

/** A job that its key store has. */
class OperationUnderWay {
  readonly operation: PrivateKeyOperation;
  readonly options: Required<PerformOptions>;
  readonly #controller = new AbortController();
  #job: Job | undefined;

  constructor(job: Job) {
    this.#job = job;
    job.begunAt = performance.now();
    this.operation = job.operation;
    this.options = { deadline: job.deadline, signal: this.#controller.signal };
  }

  get isAnswered(): boolean {
    return this.#job === undefined;
  }

  /** Where nobody waits for it any more the answer is only wiped. */
  complete(answer: Uint8Array): void {
    const job = this.#take();
    if (job !== undefined) {
      job.answeredAt = performance.now();
      job.complete(answer);
    }
    answer.fill(0);
  }

  fail(failure: OperationFailure): void {
    const job = this.#take();
    if (job === undefined) return;
    job.fail(failure);
    this.#controller.abort();
  }

  expire(now: number): void {
    if (this.#job === undefined) return;
    if (!this.#job.wanted) this.fail('cancelled');
    else if (this.options.deadline <= now) this.fail('deadline_exceeded');
  }

  #take(): Job | undefined {
    const job = this.#job;
    this.#job = undefined;
    return job;
  }
}

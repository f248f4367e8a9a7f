import { performBatch } from '@latchkey/native';
import type { Turn } from '../turn.js';
import { Batch } from './batch.js';
import type { Job, JobExecutor } from './job.js';
import { JobQueue } from './job-queue.js';
import type { Lane } from './lane.js';
import { WorkerThreads } from './worker-threads.js';

/** How {@link OperationLanes} work. */
export interface OperationLanesOptions {
  /** Threads, at least 1. */
  readonly workers: number;
  readonly turn: Turn;
  /** Called when a thread has failed; the jobs that it had are answered, and another thread takes its place. */
  readonly onWorkerFailure: (error: unknown) => void;
  /** Called when so many operations have been performed at once, and how many milliseconds of a worker's that took. */
  readonly onBatch?: (size: number, workerMilliseconds: number) => void;
  /** See {@link WorkerThreadsOptions}. */
  readonly workerFile?: URL;
}

/**
 * Performs operations with the keys of this process, each lane for itself.
 *
 * Batches form by themselves. At the end of a turn of the event loop what has arrived goes to the threads that are idle,
 * in even shares; while all are busy, what arrives becomes the next batch, and lanes take turns. The inline lane is
 * performed in this thread at the end of the turn, but not for longer than {@link INLINE_TIME}: then sockets are read and
 * answers written before it goes on. Idle threads help with what would take it longer than {@link TURNS_WITHOUT_HELP} turns.
 *
 * Every job gets exactly one answer, its failure at most a tenth of a second after its deadline, whatever happens to the
 * thread that has it.
 */
export class OperationLanes implements JobExecutor {
  readonly #options: OperationLanesOptions;
  readonly #threads: WorkerThreads;
  readonly #queues: Readonly<Record<Lane, JobQueue>> = {
    inline: new JobQueue(),
    short: new JobQueue(),
    long: new JobQueue(),
  };
  readonly #onTurnEnd = (): void => {
    this.#dispatchIsDue = false;
    this.#dispatch();
  };
  /** The lane that a thread will take from next, if there is something in it. */
  #nextLane = 0;
  /** How many operations of the inline lane take {@link INLINE_TIME}, as far as is known. */
  #inlineLength = FEWEST_INLINE;
  #dispatchIsDue = false;
  #expiryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: OperationLanesOptions) {
    this.#options = options;
    this.#threads = new WorkerThreads({
      workers: options.workers,
      workerFile: options.workerFile,
      onFailure: options.onWorkerFailure,
      onIdle: () => this.#giveToThreads(),
      onBatch: ({ length }, milliseconds) => options.onBatch?.(length, milliseconds),
    });
  }

  /** Jobs that nobody has begun. */
  queueLength(lane: Lane): number {
    return this.#queues[lane].length;
  }

  /** Waits until every thread has shown that it can work. Rejects with the reason why it cannot. */
  ready(): Promise<void> {
    return this.#threads.ready();
  }

  /** Takes a job, to be answered when the turn of the event loop ends or later; or gives it to whom its operation names. */
  submit(job: Job): void {
    const { performer } = job.operation;
    if (typeof performer !== 'string') {
      performer.submit(job);
      return;
    }
    this.#queues[performer].push(job);
    this.#expiryTimer ??= setTimeout(() => this.#expire(), EXPIRY_INTERVAL).unref();
    this.#dispatchLater();
  }

  /** Fails all jobs and ends the threads. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#expiryTimer);
    this.#failQueued();
    await this.#threads.close('closed');
  }

  #dispatchLater(): void {
    if (this.#dispatchIsDue) return;
    this.#dispatchIsDue = true;
    this.#options.turn.perform(this.#onTurnEnd);
  }

  #dispatch(): void {
    // Threads first: they work while this one does.
    this.#giveToThreads();
    this.#performInline();
  }

  #giveToThreads(): void {
    if (this.#closed) {
      this.#failQueued();
      return;
    }
    while (this.#threads.idle > 0) {
      const lane = this.#takeTurn();
      if (lane === undefined) return;
      const share = Math.ceil(this.#surplusOf(lane) / this.#threads.idle);
      const jobs = this.#queues[lane].take(Math.min(share, MAXIMUM_BATCH_LENGTHS[lane]), performance.now());
      if (jobs.length > 0) void this.#threads.run(new Batch(jobs));
    }
  }

  /** The next lane that has something for a thread. */
  #takeTurn(): Lane | undefined {
    for (let tried = 0; tried < LANES.length; tried += 1) {
      const lane = LANES[this.#nextLane];
      this.#nextLane = (this.#nextLane + 1) % LANES.length;
      if (lane !== undefined && this.#surplusOf(lane) > 0) return lane;
    }
    return undefined;
  }

  /** How many jobs of a lane are for the threads. */
  #surplusOf(lane: Lane): number {
    const { length } = this.#queues[lane];
    return lane === 'inline' ? Math.max(0, length - TURNS_WITHOUT_HELP * this.#inlineLength) : length;
  }

  #performInline(): void {
    const begunAt = performance.now();
    const jobs = this.#queues.inline.take(this.#inlineLength, begunAt);
    if (jobs.length > 0) {
      const batch = new Batch(jobs);
      const answers = performBatch(batch.pack());
      const answeredAt = performance.now();
      this.#learnFrom(jobs.length, answeredAt - begunAt);
      this.#options.onBatch?.(jobs.length, 0);
      batch.deliver(answers, answeredAt);
    }
    if (this.#queues.inline.length > 0) this.#dispatchLater();
  }

  /** What operations cost depends on the keys, on how many come at once, and on what else the processor does. */
  #learnFrom(length: number, milliseconds: number): void {
    const affordable = (INLINE_TIME * length) / Math.max(milliseconds, 0.001);
    const wanted = Math.min(Math.max(affordable, FEWEST_INLINE), MOST_INLINE);
    this.#inlineLength = Math.round(this.#inlineLength + (wanted - this.#inlineLength) / 4);
  }

  #expire(): void {
    const now = performance.now();
    for (const queue of Object.values(this.#queues))
      for (const job of queue.remove(({ deadline }) => deadline <= now)) job.fail('deadline_exceeded');
    this.#threads.expire(now);
    const isEmpty = LANES.every((lane) => this.queueLength(lane) === 0) && !this.#threads.busy;
    if (isEmpty) this.#expiryTimer = undefined;
    else this.#expiryTimer?.refresh();
  }

  #failQueued(): void {
    for (const queue of Object.values(this.#queues))
      for (const job of queue.remove(() => true)) job.fail('closed');
  }
}

/** All lanes, in the order in which the threads look into them. */
export const LANES: readonly Lane[] = ['inline', 'short', 'long'];

/** For how long the inline lane may keep this thread from its sockets in one turn, in milliseconds. */
const INLINE_TIME = 0.5;
/**
 * What comes in one frame of kssl2 is no reason to wake a thread: for 256 signatures with P-256 that cost as much again as
 * the signatures (docs/performance.md).
 */
const TURNS_WITHOUT_HELP = 8;
/** As many as crypto_mb performs side by side. */
const FEWEST_INLINE = 8;
const MOST_INLINE = 256;

/**
 * Enough that handing a batch to a thread costs little beside what is computed there (DESIGN: 35 us), few enough that
 * its first answer does not wait long for its last, and other lanes not for that: 8 ms of RSA-2048, 35 ms of RSA-4096.
 */
const MAXIMUM_BATCH_LENGTHS: Readonly<Record<Lane, number>> = { inline: 128, short: 32, long: 8 };

/** How long after its deadline a job may still be without its answer, in milliseconds. */
const EXPIRY_INTERVAL = 100;

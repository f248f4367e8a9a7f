import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { collectMetrics, type CollectedMetric } from '@latchkey/admin';
import { createMemoryResumptionStore } from '@latchkey/edge';
import type { Logger } from 'pino';
import { ExitCode } from '../../command-line/command.js';
import type { EdgeProblem, EdgeStatus } from '../edge-status.js';
import type { FromWorker, ToWorker } from './messages.js';
import { answerStoreRequest } from './shared-store.js';

/** A process that was to serve visitors ended before it did; it has said why itself. */
class WorkerFailedError extends Error {
  readonly code: 'LATCHKEY_EDGE_WORKER_FAILED' | 'LATCHKEY_CONFIGURATION_INVALID';
  override readonly name = 'WorkerFailedError';

  constructor(exitCode: number | null) {
    super('a worker could not serve; what it said stands above');
    // What is wrong with the configuration for a worker is wrong with it for all.
    this.code =
      exitCode === ExitCode.USAGE ? 'LATCHKEY_CONFIGURATION_INVALID' : 'LATCHKEY_EDGE_WORKER_FAILED';
  }
}

/**
 * Processes that serve visitors on one port. One that ends is replaced; they share ticket keys and sessions through the
 * memory of this process.
 */
export class WorkerPool {
  readonly #size: number;
  readonly #logger: Logger;
  readonly #store = createMemoryResumptionStore();
  readonly #serving = new Set<Worker>();
  readonly #answers = new Map<number, (status: EdgeStatus) => void>();
  #lastId = 0;
  #replaced = 0;
  #isClosing = false;

  /**
   * @param commandLine what `latchkey` is to be run with
   * @throws {WorkerFailedError}
   */
  static async start(
    size: number,
    commandLine: readonly string[],
    logger: Logger,
  ): Promise<[WorkerPool, number]> {
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('../../../bin/latchkey.js', import.meta.url)),
      args: [...commandLine],
      serialization: 'advanced',
    });
    const pool = new WorkerPool(size, logger);
    try {
      // The first alone: what is wrong for one is wrong for all, and need be said only once.
      const port = await pool.#startWorker();
      await Promise.all(Array.from({ length: size - 1 }, () => pool.#startWorker()));
      return [pool, port];
    } catch (error) {
      await pool.close(0);
      throw error;
    }
  }

  private constructor(size: number, logger: Logger) {
    this.#size = size;
    this.#logger = logger;
    // Whatever ends this process, visitors are not left with processes that nobody supervises.
    process.once('exit', () => this.#kill());
  }

  /** That of each process that answers, and of this one. */
  async statuses(): Promise<EdgeStatus[]> {
    const answers = await Promise.all([...this.#serving].map((worker) => this.#statusOf(worker)));
    return answers.filter((status) => status !== undefined);
  }

  /** The metrics of this process. */
  metrics(): ReturnType<typeof collectMetrics> {
    return collectMetrics(this.#ownMetrics());
  }

  /** Processes that should serve and do not. */
  problems(): EdgeProblem[] {
    const missing = this.#size - this.#serving.size;
    return missing === 0
      ? []
      : [{ problem: 'worker_missing', reason: `${missing} of ${this.#size} workers do not serve` }];
  }

  reload(): void {
    for (const worker of this.#serving) tell(worker, { type: 'reload' });
  }

  /**
   * Lets each process finish what its visitors have begun.
   *
   * @param timeout after which they are killed, in milliseconds
   */
  async close(timeout: number): Promise<void> {
    this.#isClosing = true;
    const workers = Object.values(cluster.workers ?? {}).filter(
      (worker) => worker !== undefined && !worker.isDead(),
    ) as Worker[];
    const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const worker of workers) tell(worker, { type: 'drain' });
    const timer = setTimeout(() => this.#kill(), timeout);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  /** @returns the port that it listens on */
  #startWorker(): Promise<number> {
    const worker = cluster.fork();
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'serving') {
          this.#serving.add(worker);
          resolve(message.port);
        } else {
          this.#onMessage(worker, message);
        }
      });
      worker.once('exit', (exitCode: number | null, signal: string | null) => {
        const wasServing = this.#serving.delete(worker);
        reject(new WorkerFailedError(exitCode));
        if (!wasServing || this.#isClosing) return;
        this.#logger.error(
          { worker: worker.process.pid, exitCode, signal },
          'a worker has ended; another takes its place',
        );
        this.#replaced += 1;
        const age = performance.now() - startedAt;
        this.#replaceAfter(age < SHORT_LIFE ? SHORT_LIFE : 0);
      });
    });
  }

  #replaceAfter(delay: number): void {
    setTimeout(() => {
      if (this.#isClosing) return;
      this.#startWorker().catch(() => {
        this.#logger.error('a worker could not be started; tried again');
        this.#replaceAfter(SHORT_LIFE);
      });
    }, delay);
  }

  #onMessage(worker: Worker, message: Exclude<FromWorker, { type: 'serving' }>): void {
    if (message.type === 'status') this.#answers.get(message.id)?.(message.status);
    else void answerStoreRequest(this.#store, message).then((answer) => tell(worker, answer));
  }

  #statusOf(worker: Worker): Promise<EdgeStatus | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<EdgeStatus | undefined>((resolve) => {
      const timer = setTimeout(resolve, STATUS_TIMEOUT, undefined);
      this.#answers.set(id, (status) => {
        clearTimeout(timer);
        resolve(status);
      });
      tell(worker, { type: 'status', id });
    }).finally(() => this.#answers.delete(id));
  }

  #ownMetrics(): CollectedMetric[] {
    return [
      {
        name: 'latchkey_edge_workers',
        help: 'Processes that serve visitors.',
        type: 'gauge',
        collect: () => [{ value: this.#serving.size }],
      },
      {
        name: 'latchkey_edge_workers_replaced_total',
        help: 'Processes that ended and were replaced. Their counts are gone from the other metrics.',
        type: 'counter',
        collect: () => [{ value: this.#replaced }],
      },
    ];
  }

  #kill(): void {
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGKILL');
  }
}

function tell(worker: Worker, message: ToWorker): void {
  // One that has just ended is about to be replaced.
  if (worker.isConnected()) worker.process.send(message, undefined, undefined, () => {});
}

/** In milliseconds: whatever ends sooner is not started again at once. */
const SHORT_LIFE = 1000;
/** In milliseconds. */
const STATUS_TIMEOUT = 2000;

import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { ExitCode } from '../../command-line/command.js';
import { RestartDelay } from './restart-delay.js';
import type { FromWorker, WorkerProtocol } from './messages.js';
import { WorkerProcess } from './worker-process.js';

/** A process that was to serve ended before it did; it has said why itself. */
class WorkerFailedError extends Error {
  readonly code: 'LATCHKEY_WORKER_FAILED' | 'LATCHKEY_CONFIGURATION_INVALID';
  override readonly name = 'WorkerFailedError';

  constructor(exitCode: number | null) {
    super('a worker could not serve; what it said stands above');
    // What is wrong with the configuration for a worker is wrong with it for all.
    this.code = exitCode === ExitCode.USAGE ? 'LATCHKEY_CONFIGURATION_INVALID' : 'LATCHKEY_WORKER_FAILED';
  }
}

/** How the processes of a command are supervised. */
export interface WorkerGroupOptions<Protocol extends WorkerProtocol> {
  readonly size: number;
  /** What `latchkey` is to be run with. */
  readonly commandLine: readonly string[];
  /** What the worker of this slot is told when it is started. Slots are counted from 1. */
  readonly parametersOf: (slot: number) => Protocol['parameters'];
  readonly onNotice: (
    notice: Protocol['notice'],
    worker: WorkerProcess<Protocol>,
    serving: ReadonlySet<WorkerProcess<Protocol>>,
  ) => void;
  /** A worker has taken the place of one that had ended. */
  readonly onReplaced?: (
    worker: WorkerProcess<Protocol>,
    serving: ReadonlySet<WorkerProcess<Protocol>>,
  ) => void;
  /** A worker that served has ended. */
  readonly onEnded?: (worker: WorkerProcess<Protocol>) => void;
  readonly logger: Logger;
}

/** Processes that do the same work. One that ends is replaced. There is one such group in a process. */
export class WorkerGroup<Protocol extends WorkerProtocol> {
  readonly #options: WorkerGroupOptions<Protocol>;
  readonly #all = new Set<WorkerProcess<Protocol>>();
  readonly #serving = new Set<WorkerProcess<Protocol>>();
  #replaced = 0;
  #isClosing = false;

  /**
   * @returns the group, and what its first worker says of itself
   * @throws {WorkerFailedError}
   */
  static async start<Protocol extends WorkerProtocol>(
    options: WorkerGroupOptions<Protocol>,
  ): Promise<[WorkerGroup<Protocol>, Protocol['serving']]> {
    cluster.setupPrimary({
      exec: fileURLToPath(new URL('../../../bin/latchkey.js', import.meta.url)),
      args: [...options.commandLine],
      serialization: 'advanced',
    });
    const group = new WorkerGroup(options);
    try {
      // The first alone: what is wrong for one is wrong for all, and need be said only once.
      const facts = await group.#start(1, new RestartDelay());
      const slots = Array.from({ length: options.size - 1 }, (_, index) => index + 2);
      await Promise.all(slots.map((slot) => group.#start(slot, new RestartDelay())));
      return [group, facts];
    } catch (error) {
      await group.close(0);
      throw error;
    }
  }

  private constructor(options: WorkerGroupOptions<Protocol>) {
    this.#options = options;
    // Whatever ends this process, nobody is left with processes that nobody supervises.
    process.once('exit', () => this.#kill());
  }

  /** Those that serve now. */
  get serving(): ReadonlySet<WorkerProcess<Protocol>> {
    return this.#serving;
  }

  /** How many have been replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Says how many should serve and do not; undefined: none. */
  get missing(): string | undefined {
    const { size } = this.#options;
    const missing = size - this.#serving.size;
    return missing === 0 ? undefined : `${missing} of ${size} workers do not serve`;
  }

  /**
   * Lets each process finish what it has begun.
   *
   * @param timeout after which they are killed, in milliseconds
   */
  async close(timeout: number): Promise<void> {
    this.#isClosing = true;
    const ended = [...this.#all].map((worker) => worker.ended);
    for (const worker of this.#all) worker.drain();
    const timer = setTimeout(() => this.#kill(), timeout);
    await Promise.all(ended);
    clearTimeout(timer);
  }

  #start(slot: number, delay: RestartDelay): Promise<Protocol['serving']> {
    const { parametersOf, onNotice } = this.#options;
    const forked = cluster.fork();
    const worker = new WorkerProcess<Protocol>(slot, forked, parametersOf(slot));
    this.#all.add(worker);
    return new Promise((resolve, reject) => {
      forked.on('message', (message: FromWorker<Protocol>) => {
        if (message.type === 'notice') onNotice(message.notice, worker, this.#serving);
        if (message.type !== 'serving') return;
        this.#serving.add(worker);
        resolve(message.facts);
      });
      forked.once('exit', (exitCode: number | null, signal: string | null) => {
        this.#all.delete(worker);
        reject(new WorkerFailedError(exitCode));
        if (this.#serving.delete(worker)) this.#onEnded(worker, { exitCode, signal }, delay);
      });
    });
  }

  #onEnded(worker: WorkerProcess<Protocol>, reason: object, delay: RestartDelay): void {
    const { logger, onEnded } = this.#options;
    onEnded?.(worker);
    if (this.#isClosing) return;
    logger.error({ worker: worker.pid, ...reason }, 'a worker has ended; another takes its place');
    this.#replaced += 1;
    this.#replaceAfter(delay.next(performance.now() - worker.startedAt), worker.slot, delay);
  }

  #replaceAfter(milliseconds: number, slot: number, delay: RestartDelay): void {
    setTimeout(() => {
      if (!this.#isClosing) void this.#replace(slot, delay);
    }, milliseconds);
  }

  async #replace(slot: number, delay: RestartDelay): Promise<void> {
    const { logger, onReplaced } = this.#options;
    try {
      await this.#start(slot, delay);
    } catch {
      const wait = delay.next(0);
      if (this.#isClosing) return;
      logger.error(
        { milliseconds: wait },
        'a worker could not be started; it is tried again after this time',
      );
      this.#replaceAfter(wait, slot, delay);
      return;
    }
    const worker = [...this.#serving].find((each) => each.slot === slot);
    if (worker !== undefined) onReplaced?.(worker, this.#serving);
  }

  #kill(): void {
    for (const worker of this.#all) worker.kill();
  }
}

import { collectMetrics, type MetricValues } from '@latchkey/admin';
import { createMemoryResumptionStore } from '@latchkey/edge';
import type { Logger } from 'pino';
import { WorkerGroup } from '../../supervision/workers/worker-group.js';
import type { EdgeProblem, EdgeStatus } from '../edge-status.js';
import type { EdgeWorkerProtocol } from './messages.js';
import { answerStoreRequest } from './shared-store.js';

/** Processes that serve visitors on one port. They share ticket keys and sessions through the memory of this process. */
export class EdgeWorkers {
  /** The port that they listen on. */
  readonly port: number;
  readonly #group: WorkerGroup<EdgeWorkerProtocol>;

  /**
   * @param commandLine what `latchkey` is to be run with
   * @throws {WorkerFailedError}
   */
  static async start(size: number, commandLine: readonly string[], logger: Logger): Promise<EdgeWorkers> {
    const store = createMemoryResumptionStore();
    const [group, { port }] = await WorkerGroup.start<EdgeWorkerProtocol>({
      size,
      commandLine,
      parametersOf: () => undefined,
      onNotice: (request, worker) =>
        void answerStoreRequest(store, request).then((answer) => worker.tell(answer)),
      logger,
    });
    return new EdgeWorkers(group, port);
  }

  private constructor(group: WorkerGroup<EdgeWorkerProtocol>, port: number) {
    this.#group = group;
    this.port = port;
  }

  /** That of each process that answers. */
  async statuses(): Promise<EdgeStatus[]> {
    const answers = await Promise.all([...this.#group.serving].map((worker) => worker.ask('status')));
    return answers.filter((status) => status !== undefined);
  }

  /** The metrics of this process. */
  metrics(): Promise<MetricValues[]> {
    return collectMetrics([
      {
        name: 'latchkey_edge_workers',
        help: 'Processes that serve visitors.',
        type: 'gauge',
        collect: () => [{ value: this.#group.serving.size }],
      },
      {
        name: 'latchkey_edge_workers_replaced_total',
        help: 'Processes that ended and were replaced. Their counts are gone from the other metrics.',
        type: 'counter',
        collect: () => [{ value: this.#group.replaced }],
      },
    ]);
  }

  /** Processes that should serve and do not. */
  problems(): EdgeProblem[] {
    const { missing } = this.#group;
    return missing === undefined ? [] : [{ problem: 'worker_missing', reason: missing }];
  }

  reload(): void {
    for (const worker of this.#group.serving) worker.tell({ type: 'reload' });
  }

  /**
   * Lets each process finish what its visitors have begun.
   *
   * @param timeout after which they are killed, in milliseconds
   */
  close(timeout: number): Promise<void> {
    return this.#group.close(timeout);
  }
}

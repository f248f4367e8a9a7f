import { collectMetrics, countSamples, type MetricValues, writeMetrics } from '@latchkey/admin';
import {
  type KeyFacts,
  type KeyServerReports,
  mergeReadiness,
  mergeStatuses,
  type ReadinessProblem,
  type ReadinessReport,
  type ServerStatus,
} from '@latchkey/server';
import type { Question } from '../../supervision/workers/messages.js';
import type { WorkerGroup } from '../../supervision/workers/worker-group.js';
import type { WorkerProcess } from '../../supervision/workers/worker-process.js';
import type { Connections } from './connections.js';
import type { KeyServerWorkerProtocol } from './messages.js';

type Answers = KeyServerWorkerProtocol['answers'];

/** Connections that were not handed to any process. */
export interface TurnedAway {
  /** By the reason. */
  readonly refused: ReadonlyMap<string, number>;
  /** How often nobody was let in for a moment. */
  readonly pauses: number;
}

/** What all processes of a key server together have to report. */
export class GroupReports implements KeyServerReports {
  readonly #group: WorkerGroup<KeyServerWorkerProtocol>;
  readonly #connections: Connections<WorkerProcess<KeyServerWorkerProtocol>>;
  readonly #turnedAway: TurnedAway;

  constructor(
    group: WorkerGroup<KeyServerWorkerProtocol>,
    connections: Connections<WorkerProcess<KeyServerWorkerProtocol>>,
    turnedAway: TurnedAway,
  ) {
    this.#group = group;
    this.#connections = connections;
    this.#turnedAway = turnedAway;
  }

  async metrics(): Promise<string> {
    return writeMetrics([...(await this.#ask('metrics')), await this.#ownMetrics()]);
  }

  async readiness(): Promise<ReadinessReport> {
    return this.#withMissing(await this.#ask('readiness'));
  }

  async status(): Promise<ServerStatus> {
    const statuses = await this.#ask('status');
    const [first, ...others] = statuses;
    if (first === undefined) throw new NoProcessError();
    const status = mergeStatuses([first, ...others], {
      pid: process.pid,
      nodeVersion: process.versions.node,
      uptime: process.uptime(),
      residentBytes: process.memoryUsage.rss(),
    });
    return { ...status, readiness: this.#withMissing(statuses.map(({ readiness }) => readiness)) };
  }

  async keys(): Promise<readonly KeyFacts[]> {
    for (const member of this.#group.serving) {
      const keys = await member.ask('keys');
      if (keys !== undefined) return keys;
    }
    throw new NoProcessError();
  }

  /** @returns the answers of those that answer */
  async #ask<Name extends Question<KeyServerWorkerProtocol>>(question: Name): Promise<Answers[Name][]> {
    const answers = await Promise.all([...this.#group.serving].map((member) => member.ask(question)));
    return answers.filter((answer) => answer !== undefined);
  }

  /** @param reports those of the processes that answer */
  #withMissing(reports: readonly ReadinessReport[]): ReadinessReport {
    const { missing, serving } = this.#group;
    const silent = serving.size - reports.length;
    const problems = [missing, silent > 0 ? `${silent} workers do not answer` : undefined]
      .filter((reason) => reason !== undefined)
      .map((reason): ReadinessProblem => ({ problem: 'process_missing', reason }));
    return mergeReadiness([{ ready: problems.length === 0, problems }, ...reports]);
  }

  #ownMetrics(): Promise<MetricValues[]> {
    const members = [...this.#group.serving];
    return collectMetrics([
      {
        name: 'latchkey_processes',
        help: 'Processes that serve edges.',
        type: 'gauge',
        collect: () => [{ value: members.length }],
      },
      {
        name: 'latchkey_processes_replaced_total',
        help: 'Processes that ended and were replaced. Their counts are gone from the other metrics.',
        type: 'counter',
        collect: () => [{ value: this.#group.replaced }],
      },
      {
        name: 'latchkey_process_connections',
        help: 'Connections that each process has, with those that have not finished their handshake.',
        type: 'gauge',
        collect: () =>
          members.map((member) => ({
            labels: { process: String(member.slot) },
            value: this.#connections.countOf(member),
          })),
      },
      {
        name: 'latchkey_connections_refused_total',
        help: 'Connections that were not let in, by the reason.',
        type: 'counter',
        collect: () => countSamples('reason', Object.fromEntries(this.#turnedAway.refused)),
      },
      {
        name: 'latchkey_connections_pauses_total',
        help: 'How often nobody was let in for a moment, as too many had come; they waited.',
        type: 'counter',
        collect: () => [{ value: this.#turnedAway.pauses }],
      },
    ]);
  }
}

/** Nobody is there who could answer. */
class NoProcessError extends Error {
  readonly code = 'LATCHKEY_NO_PROCESS';

  constructor() {
    super('no process of the key server answers');
  }
}

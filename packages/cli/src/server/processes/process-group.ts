import type { Socket } from 'node:net';
import type { KeyServerStatistics, ReloadPart, ReloadReport, ServingGroup } from '@latchkey/server';
import { addStatistics, type KeyServerReports } from '@latchkey/server';
import type { Logger } from 'pino';
import { WorkerGroup } from '../../supervision/workers/worker-group.js';
import type { WorkerProcess } from '../../supervision/workers/worker-process.js';
import { Connections } from './connections.js';
import { GroupReports } from './group-reports.js';
import type { KeyServerWorkerProtocol, ServingFacts } from './messages.js';
import { GroupReload } from './group-reload.js';

/** One of the processes of a key server, seen from the one that supervises them. */
export type Member = WorkerProcess<KeyServerWorkerProtocol>;

/** How the processes of a key server are started. */
export interface ProcessGroupOptions {
  readonly processes: number;
  /** How long edges may take to get the answers that they are owed, in milliseconds. */
  readonly drainTimeout: number;
  /** The text of the configuration file. */
  readonly configuration: string;
  /** What `latchkey` is to be run with. */
  readonly commandLine: readonly string[];
  readonly logger: Logger;
}

/** The processes of a key server. They have the same keys, and serve the edges that they are handed. */
export class ProcessGroup implements ServingGroup {
  readonly isElsewhere = true;
  /** What the processes say of the keys that they began with: the same. */
  readonly facts: ServingFacts;
  readonly reports: KeyServerReports;
  readonly #options: ProcessGroupOptions;
  readonly #group: WorkerGroup<KeyServerWorkerProtocol>;
  readonly #connections: Connections<Member>;
  readonly #reload: GroupReload;
  readonly #turnedAway = { refused: new Map<string, number>(), pauses: 0 };

  /** @throws {WorkerFailedError} */
  static async start(options: ProcessGroupOptions): Promise<ProcessGroup> {
    const { processes, commandLine, configuration, logger } = options;
    const connections = new Connections<Member>();
    const reload = new GroupReload(logger);
    const [group, facts] = await WorkerGroup.start<KeyServerWorkerProtocol>({
      size: processes,
      commandLine,
      parametersOf: (slot) => ({ slot, configuration }),
      onNotice: (notice, member, serving) => {
        if (notice.type === 'gone') connections.end(member, notice.connection);
        else for (const other of serving) if (other !== member) other.tell(notice);
      },
      onEnded: (member) => connections.endAll(member),
      onReplaced: (member, serving) => {
        void reload.catchUp(member);
        // Edges keep their connections for long: without this, it would have nothing to do until they come anew.
        for (const [crowded, count] of connections.excessOf(serving)) crowded.tell({ type: 'let_go', count });
      },
      logger,
    });
    return new ProcessGroup(options, group, facts, connections, reload);
  }

  private constructor(
    options: ProcessGroupOptions,
    group: WorkerGroup<KeyServerWorkerProtocol>,
    facts: ServingFacts,
    connections: Connections<Member>,
    reload: GroupReload,
  ) {
    this.#options = options;
    this.#group = group;
    this.facts = facts;
    this.#connections = connections;
    this.#reload = reload;
    this.reports = new GroupReports(group, connections, this.#turnedAway);
  }

  get keyCount(): number {
    return this.facts.keys;
  }

  async ready(): Promise<void> {
    // They are when they have said that they serve.
  }

  enter(socket: Socket, onGone: () => void): void {
    const member = this.#connections.leastOf(this.#group.serving);
    if (member === undefined) {
      socket.destroy();
      onGone();
      this.countRefusal('NO_PROCESS');
      return;
    }
    member.hand({ type: 'serve', connection: this.#connections.begin(member, onGone) }, socket);
  }

  countRefusal(reason: string): void {
    const { refused } = this.#turnedAway;
    refused.set(reason, (refused.get(reason) ?? 0) + 1);
  }

  countPause(): void {
    this.#turnedAway.pauses += 1;
  }

  /** Those of all processes that answer, together. */
  async statistics(): Promise<KeyServerStatistics> {
    const answers = await Promise.all([...this.#group.serving].map((member) => member.ask('statistics')));
    return addStatistics(answers.filter((statistics) => statistics !== undefined));
  }

  reload(part: ReloadPart): Promise<ReloadReport> {
    return this.#reload.run(part, this.#group.serving);
  }

  close(): Promise<void> {
    return this.#group.close(this.#options.drainTimeout + KILL_DELAY);
  }
}

/** How much longer than its edges a process may take to end, in milliseconds. */
const KILL_DELAY = 2000;

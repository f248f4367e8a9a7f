import type { Socket } from 'node:net';
import {
  KeyServerProcess,
  type PreparedReload,
  type ReloadPart,
  type ServerConfiguration,
  shareOf,
} from '@latchkey/server';
import type { Logger } from 'pino';
import { serveAsWorker, type WorkerService } from '../../supervision/workers/worker.js';
import type { KeyServerWorkerProtocol, PreparationOutcome } from './messages.js';

/**
 * Serves edges as one of the processes of a key server.
 *
 * @param parse makes the configuration of the file's text
 */
export async function serveKeysAsWorker(
  parse: (text: string) => ServerConfiguration,
  loggerOf: (configuration: ServerConfiguration) => Logger,
): Promise<void> {
  let member: Member | undefined;
  await serveAsWorker<KeyServerWorkerProtocol>({
    onOrder: (order, socket) => member?.follow(order, socket),
    start: async ({ slot, configuration }, notify) => {
      const whole = parse(configuration);
      const serving = await KeyServerProcess.open(shareOf(whole, slot), {
        logger: loggerOf(whole).child({ process: slot }),
        onTokensUsed: (uses) => notify({ type: 'tokens', uses }),
      });
      await serving.ready();
      member = new Member(serving, notify);
      return member.service;
    },
  });
}

type Notify = (notice: KeyServerWorkerProtocol['notice']) => void;

/** One of the processes of a key server, in that process. */
class Member {
  readonly #process: KeyServerProcess;
  readonly #notify: Notify;
  /** Of a reload, until it is committed or discarded. */
  #prepared: Promise<PreparedReload> | undefined;

  constructor(serving: KeyServerProcess, notify: Notify) {
    this.#process = serving;
    this.#notify = notify;
  }

  get service(): WorkerService<KeyServerWorkerProtocol> {
    const { reports, keys, keyProblems } = this.#process;
    return {
      facts: { keys: keys.size, unusableFiles: keyProblems.map(({ file }) => file) },
      answers: {
        metrics: () => reports.metricValues(),
        readiness: () => reports.readiness(),
        status: () => reports.status(),
        keys: () => reports.keys(),
        statistics: () => Promise.resolve(this.#process.statistics()),
        prepare_all: () => this.#prepare('all'),
        prepare_keys: () => this.#prepare('keys'),
        commit: async () => {
          const prepared = await this.#prepared;
          this.#prepared = undefined;
          return prepared?.commit().catch(() => undefined);
        },
      },
      close: () => this.#process.close(),
    };
  }

  follow(order: KeyServerWorkerProtocol['order'], socket: Socket | undefined): void {
    if (order.type === 'tokens') this.#process.chargeTokens(order.uses);
    if (order.type === 'let_go') this.#process.letGo(order.count);
    if (order.type === 'discard') this.#discard();
    if (order.type === 'serve') this.#serve(order.connection, socket);
  }

  #serve(connection: number, socket: Socket | undefined): void {
    const gone = (): void => this.#notify({ type: 'gone', connection });
    // It may have closed on the way here.
    if (socket === undefined) {
      gone();
      return;
    }
    socket.on('close', gone);
    this.#process.enter(socket);
  }

  async #prepare(part: ReloadPart): Promise<PreparationOutcome> {
    this.#discard();
    const preparing = this.#process.prepareReload(part);
    this.#prepared = preparing;
    try {
      await preparing;
      return { ok: true };
    } catch (error) {
      this.#prepared = undefined;
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #discard(): void {
    this.#prepared?.then(
      (prepared) => prepared.discard(),
      () => undefined,
    );
    this.#prepared = undefined;
  }
}

import type { KeyChanges, ReloadPart, ReloadReport } from '@latchkey/server';
import type { Logger } from 'pino';
import type { KeyServerWorkerProtocol } from './messages.js';
import type { WorkerProcess } from '../../supervision/workers/worker-process.js';

type Member = WorkerProcess<KeyServerWorkerProtocol>;

/** At least one process cannot serve by what is in the files now, so none does. */
class GroupReloadError extends Error {
  readonly code = 'LATCHKEY_RELOAD_FAILED';
  override readonly name = 'GroupReloadError';
}

/**
 * Has all processes of a key server read their files again, in two steps: none serves by what it has read before all have
 * found that they can.
 */
export class GroupReload {
  readonly #logger: Logger;
  /** On the clock of `performance.now()`: processes that were started before may not know what the others have read. */
  #committedAt = Number.NEGATIVE_INFINITY;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Not to be called while it is under way. Never rejects.
   *
   * @param serving those that serve, kept up to date
   */
  async run(part: ReloadPart, serving: ReadonlySet<Member>): Promise<ReloadReport> {
    const members = [...serving];
    const failures = await Promise.all(members.map((member) => prepare(member, part)));
    const reason = failures.find((failure) => failure !== undefined);
    if (reason !== undefined) {
      for (const member of members) member.tell({ type: 'discard' });
      this.#logger.error({ reason }, 'not reloaded: all processes serve as they did before');
      return { reloaded: false, error: new GroupReloadError(reason) };
    }
    this.#committedAt = performance.now();
    const changes = await Promise.all(members.map((member) => member.ask('commit', TIMEOUT)));
    for (const member of serving) if (!members.includes(member)) await this.catchUp(member);
    const keys = changes.find((change) => change !== undefined) ?? NO_CHANGES;
    this.#logger[part === 'all' ? 'info' : 'debug']({ processes: members.length, ...keys }, 'reloaded');
    return { reloaded: true, keys };
  }

  /** Has a process that has just begun to serve read again what the others may have read while it started. */
  async catchUp(member: Member): Promise<void> {
    if (member.startedAt > this.#committedAt) return;
    if ((await prepare(member, 'all')) === undefined) await member.ask('commit', TIMEOUT);
  }
}

/** @returns why it cannot; undefined when it can, or is gone and replaced by one that reads the files anyway */
async function prepare(member: Member, part: ReloadPart): Promise<string | undefined> {
  const outcome = await member.ask(part === 'all' ? 'prepare_all' : 'prepare_keys', TIMEOUT);
  if (outcome === undefined) return member.isAlive ? 'a process has not answered in time' : undefined;
  return outcome.ok ? undefined : outcome.reason;
}

const NO_CHANGES: KeyChanges = { added: 0, removed: 0, retained: 0 };

/** In milliseconds: as long as it may take to read thousands of keys. */
const TIMEOUT = 120_000;

import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { Admin } from './admin/admin.js';
import { addProblems, type KeyServerReports } from './admin/reports.js';
import type { ServerConfiguration } from './configuration/configuration.js';
import type { CloseOptions, ReloadPart } from './key-server-process.js';
import type { KeyChanges } from './keys/served-keys.js';
import { ConnectionGate } from './listener/connection-gate.js';
import { type BoundAddress, Listener } from './listener/listener.js';
import { PidFile } from './pid-file.js';
import { FolderWatch } from './reload/folder-watch.js';
import { reasonOf } from './system-error.js';

/** What a reload has come to. */
export type ReloadReport =
  | { readonly reloaded: true; readonly keys: KeyChanges }
  /** Nothing has changed. */
  | { readonly reloaded: false; readonly error: unknown };

/** Who serves the edges that a {@link KeyServerFront} lets in: this process, or several others. */
export interface ServingGroup {
  /** Whether it is others, so that nothing is read of sockets here. */
  readonly isElsewhere: boolean;
  readonly reports: KeyServerReports;
  /** The number of keys that are served now. */
  readonly keyCount: number;
  /** Resolves once operations can be performed. */
  ready(): Promise<void>;
  /**
   * Serves an edge on this socket.
   *
   * @param onGone to be called when the socket has closed
   */
  enter(socket: Socket, onGone: () => void): void;
  /** Counts a connection that was not let in. */
  countRefusal(reason: string): void;
  /** Counts a time at which nobody was let in for a moment, as too many had come. */
  countPause(): void;
  /** Serves by what is in files now, or as before. Never rejects; not called while it is under way. */
  reload(part: ReloadPart): Promise<ReloadReport>;
  /** Lets all edges go, answers what has arrived, and frees everything. */
  close(options?: CloseOptions): Promise<void>;
}

/** What a key server has one of, however many processes serve: addresses, admin endpoint, pid file, and an eye on key files. */
export class KeyServerFront {
  readonly #group: ServingGroup;
  readonly #logger: Logger;
  readonly #admin: Admin;
  readonly #pidFile: PidFile | undefined;
  readonly #listeners: readonly Listener[];
  readonly #watch: FolderWatch | undefined;
  #adminAddress: { readonly host: string; readonly port: number } | undefined;
  #reloading: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(configuration: ServerConfiguration, group: ServingGroup, logger: Logger) {
    this.#group = group;
    this.#logger = logger;
    this.#pidFile = configuration.pidFile === undefined ? undefined : new PidFile(configuration.pidFile);
    this.#admin = new Admin(
      configuration.admin,
      addProblems(group.reports, () => (this.#closing === undefined ? [] : [{ problem: 'draining' }])),
      logger,
    );
    const gate = new ConnectionGate(configuration.bounds);
    this.#listeners = configuration.listen.map(
      (address) =>
        new Listener(address, {
          gate,
          onSocket: (socket) => group.enter(socket, () => gate.leave()),
          onRefusal: (reason) => group.countRefusal(reason),
          onPause: () => group.countPause(),
          isForOthers: group.isElsewhere,
          logger,
        }),
    );
    this.#watch = configuration.watchKeys ? this.#watchKeys(configuration) : undefined;
  }

  /** Where metrics and the status page are served, once it listens; undefined: nowhere. */
  get adminAddress(): { readonly host: string; readonly port: number } | undefined {
    return this.#adminAddress;
  }

  /** See `KeyServer.listen`. */
  async listen(): Promise<readonly BoundAddress[]> {
    try {
      await this.#group.ready();
      const addresses = await allOrFirstError(this.#listeners.map((listener) => listener.listen()));
      this.#adminAddress = await this.#admin.listen();
      await this.#pidFile?.write();
      await this.#watch?.update();
      for (const address of addresses)
        this.#logger.info({ ...address, keys: this.#group.keyCount }, 'key server listens');
      return addresses;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Reads again what may change while it runs. Never rejects. */
  reload(part: ReloadPart = 'all'): Promise<ReloadReport> {
    // Of two at once, the one that began first could otherwise be the one that is served.
    const outcome = this.#reloading.then(() => this.#reload(part));
    this.#reloading = outcome;
    return outcome;
  }

  /** Accepts no more edges, has what has arrived answered, and frees everything. Idempotent. */
  close(options?: CloseOptions): Promise<void> {
    this.#closing ??= this.#shutDown(options);
    return this.#closing;
  }

  async #reload(part: ReloadPart): Promise<ReloadReport> {
    const report = await this.#group.reload(part);
    await this.#watch?.update();
    return report;
  }

  #watchKeys({ keyStores, certificateFolders }: ServerConfiguration): FolderWatch {
    const folders = certificateFolders.map((path) => ({ type: 'directory', path }) as const);
    return new FolderWatch([...keyStores, ...folders], {
      onChange: () => void this.reload('keys'),
      onFailure: (folder, error) =>
        this.#logger.warn({ folder, reason: reasonOf(error) }, 'changes in this folder will not be noticed'),
    });
  }

  async #shutDown(options: CloseOptions | undefined): Promise<void> {
    this.#watch?.close();
    for (const listener of this.#listeners) listener.close();
    await this.#group.close(options);
    await this.#reloading;
    await this.#admin.close();
    this.#pidFile?.remove();
  }
}

/** Like `Promise.all`, but waits for all also when one fails: what has begun to listen can then be closed. */
async function allOrFirstError<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

import { FolderWatch } from '@latchkey/server';
import type { Logger } from 'pino';
import { loadEdgeConfiguration, type EdgeConfiguration } from '../edge-configuration/edge-configuration.js';

/** What a {@link ConfigurationWatch} works with. */
export interface ConfigurationWatchOptions {
  /** What the edge works by at first. */
  readonly configuration: EdgeConfiguration;
  /** Makes the edge work by another configuration; when it throws, nothing has changed. */
  readonly apply: (configuration: EdgeConfiguration) => void;
  readonly logger: Logger;
}

/** How often a configuration was read again, by what came of it. Files that hold what they held do not count. */
export interface ReloadCounts {
  readonly succeeded: number;
  readonly failed: number;
}

/**
 * Reads an edge's configuration again, with all files that it names, when asked to or when one of them has changed. All
 * or nothing: what cannot be used leaves everything as it was, and the log says why.
 */
export class ConfigurationWatch {
  readonly #options: ConfigurationWatchOptions;
  readonly #counts = { succeeded: 0, failed: 0 };
  #current: EdgeConfiguration;
  #folders: FolderWatch | undefined;
  #reloading: Promise<void> = Promise.resolve();
  /** Why the latest change was not taken; the same is not said again for every file that is written beside it. */
  #problem: string | undefined;

  constructor(options: ConfigurationWatchOptions) {
    this.#options = options;
    this.#current = options.configuration;
    this.#watchFiles();
  }

  get counts(): ReloadCounts {
    return { ...this.#counts };
  }

  /** Reads everything again. Never rejects. */
  reload(): Promise<void> {
    return this.#afterOthers('asked');
  }

  close(): void {
    this.#folders?.close();
  }

  #afterOthers(reason: 'asked' | 'changed'): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload(reason));
    return this.#reloading;
  }

  async #reload(reason: 'asked' | 'changed'): Promise<void> {
    const { apply, logger } = this.#options;
    try {
      const { file, overrides } = this.#current.source;
      const next = await loadEdgeConfiguration(file, overrides);
      const isSame = next.source.fingerprint === this.#current.source.fingerprint;
      this.#problem = undefined;
      // A file beside ours was written.
      if (isSame && reason === 'changed') return;
      apply(next);
      this.#warnOfRestart(next);
      this.#current = next;
      this.#watchFiles();
      this.#counts.succeeded += 1;
      logger.info({ sites: next.sites.length }, 'configuration reloaded');
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (reason === 'changed' && problem === this.#problem) return;
      this.#problem = problem;
      this.#counts.failed += 1;
      logger.error({ problem }, `configuration not reloaded, all stays as it was: ${problem}`);
    }
  }

  #warnOfRestart(next: EdgeConfiguration): void {
    const settings = Object.keys(next) as (keyof EdgeConfiguration)[];
    const waiting = settings.filter(
      (name) => !RELOADED.has(name) && !isSame(next[name], this.#current[name]),
    );
    if (waiting.length > 0)
      this.#options.logger.warn(
        { settings: waiting },
        `takes effect at the next start: ${waiting.join(', ')}`,
      );
  }

  #watchFiles(): void {
    this.#folders?.close();
    this.#folders = undefined;
    const { files, isWatched } = this.#current.source;
    if (!isWatched) return;
    this.#folders = new FolderWatch(
      files.map((path) => ({ type: 'file', path })),
      {
        onChange: () => void this.#afterOthers('changed'),
        onFailure: (folder, error) =>
          this.#options.logger.warn({ folder, problem: String(error) }, 'cannot watch a folder'),
      },
    );
    void this.#folders.update();
  }
}

/** Whether two settings are the same, ticket keys excepted, which a running edge takes over. */
function isSame(one: unknown, other: unknown): boolean {
  const [first, second] = [one, other].map((setting) =>
    JSON.stringify(setting, (name, value: unknown) => (name === 'ticketKeys' ? undefined : value)),
  );
  return first === second;
}

/** What a running edge takes over. */
const RELOADED: ReadonlySet<keyof EdgeConfiguration> = new Set([
  'channel',
  'keyServers',
  'origin',
  'sites',
  'source',
]);

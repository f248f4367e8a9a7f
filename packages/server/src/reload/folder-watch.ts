import { type FSWatcher, watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { KeyStoreLocation } from '../configuration/configuration.js';

/** How a {@link FolderWatch} works. */
export interface FolderWatchOptions {
  /** Called some time after something has changed, once for all that has. */
  readonly onChange: () => void;
  /** Called when a folder cannot be watched. */
  readonly onFailure: (folder: string, error: unknown) => void;
}

/** Watches the folders that key files are in, with their subfolders. Does not keep the process alive. */
export class FolderWatch {
  readonly #locations: readonly KeyStoreLocation[];
  readonly #options: FolderWatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(locations: readonly KeyStoreLocation[], options: FolderWatchOptions) {
    this.#locations = locations;
    this.#options = options;
  }

  /** Watches the folders that are there now; call it again when they may be others. */
  async update(): Promise<void> {
    const folders = new Set((await Promise.all(this.#locations.map(foldersOf))).flat());
    if (this.#closed) return;
    for (const folder of this.#watchers.keys()) if (!folders.has(folder)) this.#forget(folder);
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const folder of this.#watchers.keys()) this.#forget(folder);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#onEvent());
      watcher.on('error', (error) => this.#onFailure(folder, error));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#onFailure(folder, error);
    }
  }

  #onFailure(folder: string, error: unknown): void {
    this.#forget(folder);
    this.#options.onFailure(folder, error);
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #onEvent(): void {
    // Not put off by further events: a folder that always changes would never be looked at.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#options.onChange();
    }, SETTLING_TIME).unref();
  }
}

/** Files come in groups, and each in several steps. In milliseconds. */
const SETTLING_TIME = 250;

async function foldersOf({ type, path }: KeyStoreLocation): Promise<string[]> {
  return type === 'file' ? [dirname(path)] : withSubfolders(path);
}

/** A folder that cannot be read is not passed over: that it can be read again is worth to know. */
async function withSubfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const subfolders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('..'));
  return [
    folder,
    ...(await Promise.all(subfolders.map(({ name }) => withSubfolders(join(folder, name))))).flat(),
  ];
}

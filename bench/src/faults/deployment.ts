import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyServerClientStatistics } from '@latchkey/client';
import { createDevelopmentPki, LAYOUT, writeDevelopmentPki } from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';

/** The site that visitors ask for. */
export const SITE = 'site.localhost';

/** An edge and three key servers, each a process of its own. */
export class Deployment {
  readonly #folder: string;
  readonly #keyServers: readonly ServingCommand[];
  readonly #edge: ServingCommand;
  #silent: ServingCommand | undefined;

  static async start(): Promise<Deployment> {
    // Nobody scrapes them, and their port is one and the same.
    process.env['KEYLESS_METRICS_PORT'] = 'off';
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
    const pki = await createDevelopmentPki({ sites: [{ name: SITE, keyAlgorithm: 'p-256' }] });
    const addresses = { keyServerPort: 0, edgePort: 0, origin: 'http://127.0.0.1:1' };
    await writeDevelopmentPki(pki, folder, { addresses });
    const serve = () =>
      ServingCommand.start(['server', '--config', join(folder, LAYOUT.serverConfiguration)]);
    const keyServers = await Promise.all([serve(), serve(), serve()]);
    const configuration = join(folder, LAYOUT.edgeConfiguration);
    const list = keyServers.map(({ port }) => `127.0.0.1:${port}`).join(', ');
    const text = await readFile(configuration, 'utf8');
    await writeFile(configuration, text.replace(/^key_servers:\n.*$/m, `key_servers: [${list}]`));
    return new Deployment(
      folder,
      keyServers,
      await ServingCommand.start(['edge', '--config', configuration]),
    );
  }

  private constructor(folder: string, keyServers: readonly ServingCommand[], edge: ServingCommand) {
    this.#folder = folder;
    this.#keyServers = keyServers;
    this.#edge = edge;
  }

  get edgePort(): number {
    return this.#edge.port;
  }

  /** Makes a key server take connections and bytes, and say nothing any more, until {@link restore}. */
  silence(index: number): void {
    this.#silent = this.#keyServers[index % this.#keyServers.length];
    if (this.#silent !== undefined) process.kill(this.#silent.pid, 'SIGSTOP');
  }

  restore(): void {
    if (this.#silent !== undefined) process.kill(this.#silent.pid, 'SIGCONT');
    this.#silent = undefined;
  }

  /** What the edge knows of its key servers. */
  async statistics(): Promise<KeyServerClientStatistics> {
    const { keyServices } = (await this.#edge.statistics()) as {
      keyServices: readonly [KeyServerClientStatistics];
    };
    return keyServices[0];
  }

  /** Waits until every key server is in use. */
  async recovered(): Promise<void> {
    while (!(await this.statistics()).keyServers.every(({ available }) => available)) await delay(50);
  }

  async stop(): Promise<void> {
    // Stopped, it would not end.
    this.restore();
    await this.#edge.stop();
    for (const keyServer of this.#keyServers) await keyServer.stop();
    await rm(this.#folder, { recursive: true });
  }
}

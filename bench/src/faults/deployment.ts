import { setTimeout as delay } from 'node:timers/promises';
import type { KeyServerClientStatistics } from '@latchkey/client';
import type { ServingCommand } from 'latchkey/supervision';
import { Deployment } from '../deployment/deployment.js';

/** The site that visitors ask for. */
export const SITE = 'site.localhost';

/** An edge and three key servers that can be made to fall silent. */
export class FaultyDeployment {
  readonly #deployment: Deployment;
  #silent: ServingCommand | undefined;

  static async start(): Promise<FaultyDeployment> {
    return new FaultyDeployment(
      await Deployment.start({
        sites: [{ name: SITE, keyAlgorithm: 'p-256' }],
        keyServers: { count: 3 },
      }),
    );
  }

  private constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  get edgePort(): number {
    return this.#deployment.edge.port;
  }

  /** Makes a key server take connections and bytes, and say nothing any more, until {@link restore}. */
  silence(index: number): void {
    const { keyServers } = this.#deployment;
    this.#silent = keyServers[index % keyServers.length];
    if (this.#silent !== undefined) process.kill(this.#silent.pid, 'SIGSTOP');
  }

  restore(): void {
    if (this.#silent !== undefined) process.kill(this.#silent.pid, 'SIGCONT');
    this.#silent = undefined;
  }

  /** What the edge knows of its key servers. */
  async statistics(): Promise<KeyServerClientStatistics> {
    const { keyServices } = (await this.#deployment.edge.statistics()) as {
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
    await this.#deployment.stop();
  }
}

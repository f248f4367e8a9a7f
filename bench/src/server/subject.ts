import { createPublicKey, type KeyObject } from 'node:crypto';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { confine, cpuTimeOf, type ProcessorPlan } from '@latchkey/load';
import type { ChannelOptions } from '@latchkey/load/operations';
import {
  createDevelopmentPki,
  type DevelopmentPki,
  type KeyAlgorithm,
  LAYOUT,
  writeDevelopmentPki,
} from 'latchkey/pki';
import { ServingCommand } from 'latchkey/supervision';
import { KEY_ALGORITHMS } from './operations.js';

/** A key server to be measured: `latchkey server` in a process of its own, as it comes, with new keys. */
export class KeyServerSubject {
  readonly channel: ChannelOptions;
  readonly publicKeys: ReadonlyMap<KeyAlgorithm, KeyObject>;
  readonly #command: ServingCommand;
  readonly #folder: string;

  /** Starts it on the server's processor alone where there is a plan. */
  static async start(processors: ProcessorPlan | undefined): Promise<KeyServerSubject> {
    const pki = await createDevelopmentPki({
      sites: KEY_ALGORITHMS.map((keyAlgorithm) => ({ name: `${keyAlgorithm}.localhost`, keyAlgorithm })),
    });
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
    try {
      await writeDevelopmentPki(pki, folder);
      const configuration = join(folder, LAYOUT.serverConfiguration);
      // Metrics are kept as ever; the port for them may be another key server's.
      await appendFile(configuration, 'metrics_port: off\n');
      const options = ['--config', configuration, '--port', '0', '--loglevel', 'warn'];
      const command = await ServingCommand.start(['server', ...options]);
      if (processors !== undefined) await confine(command.pid, processors.server);
      return new KeyServerSubject(pki, command, folder);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  private constructor({ channel, sites }: DevelopmentPki, command: ServingCommand, folder: string) {
    this.channel = {
      host: '127.0.0.1',
      port: command.port,
      ca: channel.caPem,
      cert: channel.edge.certificatePem,
      key: channel.edge.keyPem,
    };
    this.publicKeys = new Map(
      sites.map(({ keyAlgorithm, keyPem }) => [keyAlgorithm, createPublicKey(keyPem)]),
    );
    this.#command = command;
    this.#folder = folder;
  }

  /** The id of its process. */
  get pid(): number {
    return this.#command.pid;
  }

  /** CPU time of all its threads so far, in microseconds. */
  cpuTime(): number {
    return cpuTimeOf(this.#command.pid);
  }

  /** Ends it and leaves nothing behind. Idempotent. */
  async stop(): Promise<void> {
    await this.#command.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

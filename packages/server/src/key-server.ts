import { unlink, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { ServerConfiguration } from './configuration/configuration.js';
import { ConfigurationError, type KeyFileError } from './errors.js';
import { loadKeys } from './keys/key-files.js';
import type { KeyStore } from './keys/key-store.js';
import { loadChannel } from './listener/channel.js';
import { type BoundAddress, Listener } from './listener/listener.js';
import { WorkerPool } from './pool/worker-pool.js';
import { Counters, type KeyServerStatistics } from './statistics.js';
import { reasonOf } from './system-error.js';

/** What a key server needs beside its configuration. */
export interface KeyServerOptions {
  readonly logger: Logger;
}

/** How a key server is closed. */
export interface CloseOptions {
  /** How long edges may take to get the answers that they are owed, in milliseconds. Default 10000. */
  readonly drainTimeout?: number;
}

/** A key server: keys and workers behind listeners. */
export interface KeyServer {
  readonly keys: KeyStore;
  /** Key files that could not be used; the others are served. */
  readonly keyProblems: readonly KeyFileError[];
  /**
   * Begins to serve, and writes the pid file if there is to be one. Once.
   *
   * @returns where it listens, in the configuration's order
   * @throws {ListenError} when it cannot listen at one of its addresses; it then listens at none
   */
  listen(): Promise<readonly BoundAddress[]>;
  /** Accepts no more edges, answers what has arrived, and frees everything. Idempotent. */
  close(options?: CloseOptions): Promise<void>;
  statistics(): KeyServerStatistics;
}

/**
 * Makes a key server: reads the channel's certificates and all keys, and starts the workers.
 *
 * @throws {ChannelCertificateError} when the certificate, key or client CA of the channel cannot be used
 */
export async function createKeyServer(
  configuration: ServerConfiguration,
  { logger }: KeyServerOptions,
): Promise<KeyServer> {
  for (const warning of configuration.warnings) logger.warn(warning);
  const channel = await loadChannel(configuration.channel);
  for (const warning of channel.warnings) logger.warn(warning);

  const { keys, problems: keyProblems } = await loadKeys(configuration.keyStores);
  for (const { file, reason } of keyProblems) logger.error({ file }, `key not served: ${reason}`);
  for (const { file } of keys.duplicates)
    logger.warn({ file }, 'the same key is served from another file already');
  if (keys.size === 0) logger.error('no private key could be loaded: every operation will be refused');

  const pool = new WorkerPool({
    workers: configuration.workers,
    onWorkerFailure: (error) =>
      logger.error({ reason: reasonOf(error) }, 'a worker has failed and is replaced'),
  });
  const counters = new Counters();
  const context = { keys, rules: configuration, limits: configuration.limits, pool, counters };
  const listeners = configuration.listen.map((address) => new Listener(address, channel, context, logger));

  const close = async ({ drainTimeout = 10_000 }: CloseOptions = {}): Promise<void> => {
    const timer = setTimeout(() => {
      for (const listener of listeners) listener.destroy();
    }, drainTimeout);
    await Promise.all(listeners.map((listener) => listener.close()));
    clearTimeout(timer);
    await pool.close();
    keys.dispose();
    if (configuration.pidFile !== undefined) await unlink(configuration.pidFile).catch(() => {});
  };

  return {
    keys,
    keyProblems,
    listen: async () => {
      try {
        await pool.ready();
        const addresses = await Promise.all(listeners.map((listener) => listener.listen()));
        if (configuration.pidFile !== undefined) await writePidFile(configuration.pidFile);
        for (const address of addresses) logger.info({ ...address, keys: keys.size }, 'key server listens');
        return addresses;
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
    statistics: () => {
      const { accepted, refused, ...counts } = counters.snapshot();
      const open = listeners.reduce((sum, listener) => sum + listener.connectionCount, 0);
      return {
        ...counts,
        connections: { open, accepted, refused },
        queued: pool.queueLength,
        keys: keys.size,
      };
    },
  };
}

async function writePidFile(file: string): Promise<void> {
  try {
    await writeFile(file, `${process.pid}\n`);
  } catch (error) {
    throw new ConfigurationError([{ source: file, key: 'pid_file', message: reasonOf(error) }]);
  }
}

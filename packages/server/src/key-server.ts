import { rm, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { Admin } from './admin/admin.js';
import type { ServerConfiguration } from './configuration/configuration.js';
import { ConfigurationError, type KeyFileError } from './errors.js';
import type { KeyStoreHealth } from './key-stores/external-key-store.js';
import { ExternalKeyStores } from './key-stores/external-key-stores.js';
import type { KeyStoreProvider } from './key-stores/key-store-provider.js';
import { type LoadedKeys, loadKeys } from './keys/key-files.js';
import { KeyStore } from './keys/key-store.js';
import { type ChannelCredentials, loadChannel } from './listener/channel.js';
import type { ConnectionContext } from './listener/connection.js';
import { type BoundAddress, Listener } from './listener/listener.js';
import { BatchRecorder } from './metrics/batch-recorder.js';
import { DoublingHistogram } from './metrics/doubling-histogram.js';
import { DURATION_BUCKETS, OperationRecorder } from './metrics/operation-recorder.js';
import { groupByToken, Pkcs11Provider } from './pkcs11/pkcs11-provider.js';
import { loadPolicy } from './policy/load.js';
import { type Policy, policyWithoutFile } from './policy/policy.js';
import { WorkerPool } from './pool/worker-pool.js';
import { Counters, type KeyServerStatistics } from './statistics.js';
import { reasonOf } from './system-error.js';

/** What a key server needs beside its configuration. */
export interface KeyServerOptions {
  readonly logger: Logger;
  /** Key stores beside those of the configuration; the key server closes them. Default: none. */
  readonly keyStores?: readonly KeyStoreProvider[];
}

/** How a key server is closed. */
export interface CloseOptions {
  /** How long edges may take to get the answers that they are owed, in milliseconds. Default 10000. */
  readonly drainTimeout?: number;
}

/** A key server: keys and workers behind listeners. */
export interface KeyServer {
  /** The keys that are served now; another object after those of a token have come or gone. */
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
  /** Whether the keys of tokens and other key stores that hold them themselves can be used, one entry for each store. */
  health(): readonly KeyStoreHealth[];
  /** Where metrics and the status page are served, once it listens; undefined: nowhere. */
  readonly adminAddress: { readonly host: string; readonly port: number } | undefined;
}

/**
 * Makes a key server: reads the channel's certificates and all keys, opens tokens, and starts the workers. A token that
 * cannot be opened, or not within 5 s, is served once it can be.
 *
 * @throws {ChannelCertificateError} when the certificate, key or client CA of the channel cannot be used
 * @throws {RevocationListError} when a certificate revocation list cannot be used
 * @throws {ConfigurationError} when the policy file cannot be used
 */
export async function createKeyServer(
  configuration: ServerConfiguration,
  { logger, keyStores = [] }: KeyServerOptions,
): Promise<KeyServer> {
  for (const warning of configuration.warnings) logger.warn(warning);
  const channel = await loadChannel(configuration.channel);
  for (const warning of channel.warnings) logger.warn(warning);
  const policy =
    configuration.policyFile === undefined
      ? policyWithoutFile(configuration)
      : await loadPolicy(configuration.policyFile);
  const keyLoads = new DoublingHistogram(DURATION_BUCKETS);
  const loadingSince = performance.now();
  const loaded = await loadKeys(configuration.keyStores);
  keyLoads.record((performance.now() - loadingSince) / 1000);
  for (const { file, reason } of loaded.problems) logger.error({ file }, `key not served: ${reason}`);
  for (const { file } of loaded.keys.duplicates)
    logger.warn({ file }, 'this key is served from another file already');
  const tokens = groupByToken(configuration.pkcs11Uris).map((token) => new Pkcs11Provider(token));
  const server = new ConfiguredKeyServer(
    configuration,
    channel,
    loaded,
    [...tokens, ...keyStores],
    policy,
    keyLoads,
    logger,
  );
  await server.openKeyStores();
  if (server.keys.size === 0) logger.error('no private key could be loaded: every operation will be refused');
  return server;
}

class ConfiguredKeyServer implements KeyServer {
  readonly keyProblems: readonly KeyFileError[];
  readonly #fileKeys: KeyStore;
  readonly #externalStores: ExternalKeyStores;
  readonly #context: ConnectionContext;
  readonly #logger: Logger;
  readonly #pidFile: string | undefined;
  readonly #workers: number;
  readonly #pool: WorkerPool;
  readonly #counters = new Counters();
  readonly #admin: Admin;
  readonly #listeners: readonly Listener[];
  #hasPidFile = false;
  #adminAddress: { readonly host: string; readonly port: number } | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    configuration: ServerConfiguration,
    channel: ChannelCredentials,
    { keys, problems }: LoadedKeys,
    providers: readonly KeyStoreProvider[],
    policy: Policy,
    keyLoads: DoublingHistogram,
    logger: Logger,
  ) {
    this.keyProblems = problems;
    this.#fileKeys = keys;
    this.#externalStores = new ExternalKeyStores(providers, {
      logger,
      onKeysChanged: () => this.#collectKeys(),
    });
    this.#logger = logger;
    this.#pidFile = configuration.pidFile;
    const operations = new OperationRecorder();
    const batches = new BatchRecorder();
    this.#workers = configuration.workers;
    this.#pool = new WorkerPool({
      workers: configuration.workers,
      onBatch: (size, milliseconds) => batches.record(size, milliseconds),
      onWorkerFailure: (error) =>
        logger.error({ reason: reasonOf(error) }, 'a worker has failed and is replaced'),
    });
    this.#context = {
      keys,
      policy,
      limits: configuration.limits,
      pool: this.#pool,
      counters: this.#counters,
      durations: operations,
    };
    this.#admin = new Admin(
      configuration.admin,
      {
        operations,
        batches,
        keyLoads,
        statistics: () => this.statistics(),
        certificates: () => channel.watchedCertificates,
        keys: () => this.keys,
        workers: this.#pool,
        draining: () => this.#closing !== undefined,
        keyProblems: () => this.keyProblems,
        keyStores: () => this.health(),
      },
      logger,
    );
    this.#listeners = configuration.listen.map(
      (address) => new Listener(address, channel, this.#context, logger),
    );
  }

  get keys(): KeyStore {
    return this.#context.keys;
  }

  get adminAddress(): { readonly host: string; readonly port: number } | undefined {
    return this.#adminAddress;
  }

  /** Waits for tokens and the like, but not long. */
  openKeyStores(): Promise<void> {
    return this.#externalStores.connect();
  }

  async listen(): Promise<readonly BoundAddress[]> {
    try {
      await this.#pool.ready();
      const addresses = await allOrFirstError(this.#listeners.map((listener) => listener.listen()));
      this.#adminAddress = await this.#admin.listen();
      await this.#writePidFile();
      for (const address of addresses)
        this.#logger.info({ ...address, keys: this.keys.size }, 'key server listens');
      return addresses;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  close(options?: CloseOptions): Promise<void> {
    this.#closing ??= this.#shutDown(options);
    return this.#closing;
  }

  statistics(): KeyServerStatistics {
    const { accepted, broken, refused, ...counts } = this.#counters.snapshot();
    const open = this.#listeners.reduce((sum, listener) => sum + listener.connectionCount, 0);
    const connections = { open, accepted, broken, refused };
    const lanes = [{ lane: 'workers', queued: this.#pool.queueLength }, ...this.#externalStores.lanes];
    const queued = lanes.reduce((sum, lane) => sum + lane.queued, 0);
    return { ...counts, connections, queued, lanes, workers: this.#workers, keys: this.keys.size };
  }

  health(): readonly KeyStoreHealth[] {
    return this.#externalStores.health;
  }

  #collectKeys(): void {
    this.#context.keys = new KeyStore([...this.#fileKeys, ...this.#externalStores.keys]);
    for (const { file } of this.#context.keys.duplicates)
      this.#logger.warn({ file }, 'this key is served from another place already');
  }

  async #shutDown({ drainTimeout = 10_000 }: CloseOptions = {}): Promise<void> {
    const timer = setTimeout(() => {
      for (const listener of this.#listeners) listener.destroy();
    }, drainTimeout);
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    clearTimeout(timer);
    await Promise.all([this.#admin.close(), this.#pool.close(), this.#externalStores.close()]);
    this.#fileKeys.dispose();
    if (this.#pidFile !== undefined && this.#hasPidFile) await rm(this.#pidFile, { force: true });
  }

  async #writePidFile(): Promise<void> {
    if (this.#pidFile === undefined) return;
    try {
      await writeFile(this.#pidFile, `${process.pid}\n`);
      this.#hasPidFile = true;
    } catch (error) {
      throw new ConfigurationError([{ source: this.#pidFile, key: 'pid_file', message: reasonOf(error) }]);
    }
  }
}

/** Like `Promise.all`, but waits for all also when one fails: what has begun to listen can then be closed. */
async function allOrFirstError<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

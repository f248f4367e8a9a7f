import { KeyServiceClosedError } from '@latchkey/codec';
import { DoublingHistogram } from '@latchkey/metrics';
import { multiBuffer, type CurveArithmeticState, type MultiBufferState } from '@latchkey/native';
import type { Logger } from 'pino';
import { Admin } from './admin/admin.js';
import type { AuditLog } from './audit/audit-log.js';
import { openConfiguredAuditLog } from './audit/open-configured.js';
import { loadChains } from './certificates/chain-files.js';
import { ServedCertificates } from './certificates/served-certificates.js';
import type { ServerConfiguration } from './configuration/configuration.js';
import type { KeyFileError } from './errors.js';
import type { KeyStoreHealth } from './key-stores/external-key-store.js';
import { ExternalKeyStores } from './key-stores/external-key-stores.js';
import type { KeyStoreProvider } from './key-stores/key-store-provider.js';
import { loadKeys } from './keys/key-files.js';
import type { KeyStore } from './keys/key-store.js';
import { type KeyChanges, ServedKeys } from './keys/served-keys.js';
import type { ChannelCredentials } from './listener/channel.js';
import { ConnectionGate } from './listener/connection-gate.js';
import type { ConnectionContext } from './listener/connection.js';
import { type BoundAddress, Listener } from './listener/listener.js';
import { RequestBudget } from './listener/request-budget.js';
import { AnswerMemory } from './listener/answer-memory.js';
import { Slab } from './listener/slab.js';
import { BatchRecorder } from './metrics/batch-recorder.js';
import { DURATION_BUCKETS, OperationRecorder } from './metrics/operation-recorder.js';
import { groupByToken, Pkcs11Provider } from './pkcs11/pkcs11-provider.js';
import { PidFile } from './pid-file.js';
import { LANES, OperationLanes } from './pool/operation-lanes.js';
import { FolderWatch } from './reload/folder-watch.js';
import { loadServerState, type ServerState } from './reload/server-state.js';
import { Counters, type KeyServerStatistics } from './statistics.js';
import { reasonOf } from './system-error.js';
import { Turn } from './turn.js';

/** What a key server needs beside its configuration. */
export interface KeyServerOptions {
  readonly logger: Logger;
  /** Key stores beside those of the configuration; the key server closes them. Default: none. */
  readonly keyStores?: readonly KeyStoreProvider[];
}

/** How a key server is closed. */
export interface CloseOptions {
  /** How long edges may take to get the answers that they are owed, in milliseconds. Default: the
   * configuration's. */
  readonly drainTimeout?: number;
}

/** What a reload has come to. */
export type ReloadReport =
  | { readonly reloaded: true; readonly keys: KeyChanges }
  /** Nothing has changed. */
  | { readonly reloaded: false; readonly error: unknown };

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
  /**
   * Reads keys, sites' certificates, channel certificates, client CA, revocation lists, policy and secrets for sealing again, and asks key stores
   * that have refused us once more. What can be used takes the place of what was there, all at once; when a part cannot be
   * used, all stays as it was, and a key whose file cannot be used any more stays as well. Never rejects. No request is lost,
   * and those under way end with what they began with.
   */
  reload(): Promise<ReloadReport>;
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
 * @throws {SecretFileError} when the secrets for sealing, or the key of the audit log, cannot be used
 * @throws {AuditLogError} when the audit log cannot be opened
 */
export async function createKeyServer(
  configuration: ServerConfiguration,
  { logger, keyStores = [] }: KeyServerOptions,
): Promise<KeyServer> {
  for (const warning of configuration.warnings) logger.warn(warning);
  // Before keys are loaded: what their operations cost depends on it.
  testMultiBuffer(logger);
  const state = await loadServerState(configuration);
  for (const warning of state.channel.warnings) logger.warn(warning);
  const audit = await openAuditLogOf(configuration, state, logger);
  const tokens = groupByToken(configuration.pkcs11Uris).map((token) => new Pkcs11Provider(token));
  const server = new ConfiguredKeyServer(configuration, state, audit, [...tokens, ...keyStores], logger);
  await server.openKeyStores();
  if (server.keys.size === 0) logger.error('no private key could be loaded: every operation will be refused');
  return server;
}

/** Its self-test takes a few tenths of a second, which no request is to wait for. */
function testMultiBuffer(logger: Logger): void {
  const { state, reason, library, curves } = multiBuffer();
  logger[levelOf(state)](
    { state, ...(reason !== '' && { reason }), ...(library && { library }) },
    'crypto_mb',
  );
  for (const [curve, arithmetic] of Object.entries(curves)) {
    const { state: curveState, reason: curveReason } = arithmetic;
    logger[levelOf(curveState)](
      { curve, state: curveState, ...(curveReason !== '' && { reason: curveReason }) },
      'curve arithmetic',
    );
  }
}

function levelOf(state: MultiBufferState | CurveArithmeticState): 'error' | 'info' {
  return state === 'refused' ? 'error' : 'info';
}

async function openAuditLogOf(
  { auditLog }: ServerConfiguration,
  { keys, sealing }: ServerState,
  logger: Logger,
): Promise<AuditLog | undefined> {
  if (auditLog === undefined) return undefined;
  try {
    return await openConfiguredAuditLog(auditLog, logger);
  } catch (error) {
    keys.keys.dispose();
    sealing?.dispose();
    throw error;
  }
}

class ConfiguredKeyServer implements KeyServer {
  readonly #configuration: ServerConfiguration;
  readonly #keys: ServedKeys;
  readonly #certificates: ServedCertificates;
  readonly #externalStores: ExternalKeyStores;
  readonly #audit: AuditLog | undefined;
  readonly #budget: RequestBudget;
  readonly #context: ConnectionContext;
  readonly #logger: Logger;
  readonly #pidFile: PidFile | undefined;
  readonly #operationLanes: OperationLanes;
  readonly #counters = new Counters();
  readonly #keyLoads = new DoublingHistogram(DURATION_BUCKETS);
  readonly #admin: Admin;
  readonly #listeners: readonly Listener[];
  readonly #watch: FolderWatch | undefined;
  #channel: ChannelCredentials;
  #adminAddress: { readonly host: string; readonly port: number } | undefined;
  #reloading: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(
    configuration: ServerConfiguration,
    { channel, policy, sealing, keys, keyLoadTime, certificates }: ServerState,
    audit: AuditLog | undefined,
    providers: readonly KeyStoreProvider[],
    logger: Logger,
  ) {
    const { limits, bounds } = configuration;
    this.#configuration = configuration;
    this.#channel = channel;
    this.#audit = audit;
    this.#logger = logger;
    this.#externalStores = new ExternalKeyStores(providers, {
      logger,
      onKeysChanged: () => {
        this.#keys.collect();
        this.#certificates.refresh();
      },
    });
    const served = new ServedKeys(keys, {
      externalKeys: () => this.#externalStores.keys,
      operationTimeout: limits.operationTimeout,
      logger,
    });
    this.#keys = served;
    this.#certificates = new ServedCertificates(certificates, logger);
    this.#keyLoads.record(keyLoadTime);
    this.#pidFile = configuration.pidFile === undefined ? undefined : new PidFile(configuration.pidFile);
    const operations = new OperationRecorder();
    const batches = new BatchRecorder();
    const turn = new Turn();
    this.#operationLanes = new OperationLanes({
      workers: configuration.workers,
      turn,
      onBatch: (size, milliseconds) => batches.record(size, milliseconds),
      onWorkerFailure: (error) =>
        logger.error({ reason: reasonOf(error) }, 'a worker has failed and is replaced'),
    });
    this.#budget = new RequestBudget(bounds.maximumInFlight, MAXIMUM_BYTES_IN_FLIGHT);
    this.#context = {
      get keys() {
        return served.current;
      },
      policy,
      sealing,
      certificates: this.#certificates,
      audit,
      limits,
      budget: this.#budget,
      executor: this.#operationLanes,
      turn,
      slab: new Slab(),
      answerMemory: new AnswerMemory(),
      counters: this.#counters,
      durations: operations,
    };
    this.#admin = new Admin(
      configuration.admin,
      {
        operations,
        batches,
        keyLoads: this.#keyLoads,
        statistics: () => this.statistics(),
        certificates: () => [...this.#channel.watchedCertificates, ...this.#certificates.watchedCertificates],
        keys: () => this.keys,
        executor: this.#operationLanes,
        draining: () => this.#closing !== undefined,
        auditHealthy: () => this.#audit?.healthy !== false,
        keyProblems: () => this.keyProblems,
        keyStores: () => this.health(),
      },
      logger,
    );
    const gate = new ConnectionGate(bounds);
    this.#listeners = configuration.listen.map(
      (address) => new Listener(address, channel, this.#context, gate, logger, configuration.protocols),
    );
    this.#watch = configuration.watchKeys ? this.#watchKeys() : undefined;
  }

  get keys(): KeyStore {
    return this.#keys.current;
  }

  get keyProblems(): readonly KeyFileError[] {
    return this.#keys.problems;
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
      await this.#operationLanes.ready();
      const addresses = await allOrFirstError(this.#listeners.map((listener) => listener.listen()));
      this.#adminAddress = await this.#admin.listen();
      await this.#pidFile?.write();
      await this.#watch?.update();
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
    const lanes = [
      ...LANES.map((lane) => ({ lane, queued: this.#operationLanes.queueLength(lane) })),
      ...this.#externalStores.lanes,
    ];
    const queued = lanes.reduce((sum, lane) => sum + lane.queued, 0);
    return {
      ...counts,
      connections,
      queued,
      lanes,
      workers: this.#configuration.workers,
      keys: this.keys.size,
      inFlight: this.#budget.requests,
      ...(this.#audit && {
        auditLog: { healthy: this.#audit.healthy, bufferedLength: this.#audit.bufferedLength },
      }),
    };
  }

  health(): readonly KeyStoreHealth[] {
    return this.#externalStores.health;
  }

  reload(): Promise<ReloadReport> {
    return this.#afterOtherReloads(() => this.#reloadAll());
  }

  /** Of two at once, the one that began first could otherwise be the one that is served. */
  #afterOtherReloads<T>(reload: () => Promise<T>): Promise<T> {
    const outcome = this.#reloading.then(reload);
    this.#reloading = outcome.catch(() => undefined);
    return outcome;
  }

  async #reloadAll(): Promise<ReloadReport> {
    let state;
    try {
      if (this.#closing !== undefined) throw new KeyServiceClosedError('The key server is being closed');
      state = await loadServerState(this.#configuration);
    } catch (error) {
      this.#counters.reloads.failed += 1;
      this.#logger.error({ reason: reasonOf(error) }, 'not reloaded: all is served as it was before');
      return { reloaded: false, error };
    }
    for (const warning of state.channel.warnings) this.#logger.warn(warning);
    this.#context.policy = state.policy;
    this.#context.sealing?.dispose();
    this.#context.sealing = state.sealing;
    this.#channel = state.channel;
    for (const listener of this.#listeners) listener.useChannel(state.channel);
    this.#keyLoads.record(state.keyLoadTime);
    const keys = this.#keys.replace(state.keys);
    this.#certificates.replace(state.certificates);
    this.#counters.reloads.succeeded += 1;
    this.#logger.info({ keys: this.keys.size, ...keys }, 'reloaded');
    await Promise.all([this.#externalStores.connect(), this.#watch?.update()]);
    return { reloaded: true, keys };
  }

  async #reloadKeys(): Promise<void> {
    if (this.#closing !== undefined) return;
    const { keyStores, certificateFolders } = this.#configuration;
    const keys = this.#keys.replace(await loadKeys(keyStores));
    this.#certificates.replace(await loadChains(certificateFolders));
    const isChanged = keys.added > 0 || keys.removed > 0;
    this.#logger[isChanged ? 'info' : 'debug']({ keys: this.keys.size, ...keys }, 'keys reloaded');
    await this.#watch?.update();
  }

  #watchKeys(): FolderWatch {
    const { keyStores, certificateFolders } = this.#configuration;
    const folders = certificateFolders.map((path) => ({ type: 'directory', path }) as const);
    return new FolderWatch([...keyStores, ...folders], {
      onChange: () => void this.#afterOtherReloads(() => this.#reloadKeys()),
      onFailure: (folder, error) =>
        this.#logger.warn({ folder, reason: reasonOf(error) }, 'changes in this folder will not be noticed'),
    });
  }

  async #shutDown({ drainTimeout = this.#configuration.drainTimeout }: CloseOptions = {}): Promise<void> {
    this.#watch?.close();
    const timers = [
      // The rest of the time is for the answers to what was read by then.
      setTimeout(() => this.#listeners.forEach((listener) => listener.stopReading()), drainTimeout / 2),
      setTimeout(() => this.#listeners.forEach((listener) => listener.destroy()), drainTimeout),
    ];
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    for (const timer of timers) clearTimeout(timer);
    await this.#reloading;
    await Promise.all([this.#admin.close(), this.#operationLanes.close(), this.#externalStores.close()]);
    await this.#closeAuditLog();
    this.#keys.dispose();
    this.#context.sealing?.dispose();
    this.#pidFile?.remove();
  }

  async #closeAuditLog(): Promise<void> {
    try {
      await this.#audit?.close();
    } catch (error) {
      this.#logger.fatal({ reason: reasonOf(error) }, 'audit log: its last lines are lost');
    }
  }
}

/** Requests of all connections together that are under way, in bytes. */
const MAXIMUM_BYTES_IN_FLIGHT = 64 * 1024 * 1024;

/** Like `Promise.all`, but waits for all also when one fails: what has begun to listen can then be closed. */
async function allOrFirstError<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}

import { KeyServiceClosedError } from '@latchkey/codec';
import { DoublingHistogram } from '@latchkey/metrics';
import { multiBuffer, type CurveArithmeticState, type MultiBufferState } from '@latchkey/native';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { ProcessReports } from './admin/process-reports.js';
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
import { ChannelServer } from './listener/channel-server.js';
import type { ConnectionContext } from './listener/connection.js';
import { AnswerMemory } from './listener/answer-memory.js';
import { RequestBudget } from './listener/request-budget.js';
import { Slab } from './slab.js';
import { BatchRecorder } from './metrics/batch-recorder.js';
import { DURATION_BUCKETS, OperationRecorder } from './metrics/operation-recorder.js';
import { groupByToken, Pkcs11Provider } from './pkcs11/pkcs11-provider.js';
import { TokenLedger, type TokenUse } from './policy/token-ledger.js';
import { LANES, OperationLanes } from './pool/operation-lanes.js';
import { loadServerState, type ServerState } from './reload/server-state.js';
import { Counters, type KeyServerStatistics } from './statistics.js';
import { reasonOf } from './system-error.js';
import { Turn } from './turn.js';

/** What a process of a key server needs beside its configuration. */
export interface KeyServerProcessOptions {
  readonly logger: Logger;
  /** Key stores beside those of the configuration; closed with the process. Default: none. */
  readonly keyStores?: readonly KeyStoreProvider[];
  /**
   * Is given what clients use here of their rate limits, for the other processes of the key server. Default: there are
   * none.
   */
  readonly onTokensUsed?: (uses: readonly TokenUse[]) => void;
}

/** What is read again: everything, or only the keys in files and the sites' certificates. */
export type ReloadPart = 'all' | 'keys';

/** What has been read and checked and is not served yet. One of the two is to be called, once. */
export interface PreparedReload {
  /** Serves by it, all at once. Resolves when key stores that have refused us have been asked once more, too. */
  commit(): Promise<KeyChanges>;
  /** Leaves all as it is. */
  discard(): void;
}

/** The same inside. */
interface Preparation {
  readonly serve: () => Promise<KeyChanges>;
  readonly discard: () => void;
}

/** How a key server is closed. */
export interface CloseOptions {
  /** How long edges may take to get the answers that they are owed, in milliseconds. Default: the
   * configuration's. */
  readonly drainTimeout?: number;
}

/**
 * What of a key server serves edges: keys, workers, policy and audit log, behind sockets that somebody else has accepted.
 * A key server has one of it or, with `processes`, one in each process.
 */
export class KeyServerProcess {
  readonly reports: ProcessReports;
  readonly #configuration: ServerConfiguration;
  readonly #keys: ServedKeys;
  readonly #certificates: ServedCertificates;
  readonly #externalStores: ExternalKeyStores;
  readonly #audit: AuditLog | undefined;
  readonly #budget: RequestBudget;
  readonly #context: ConnectionContext;
  readonly #logger: Logger;
  readonly #operationLanes: OperationLanes;
  readonly #counters = new Counters();
  readonly #keyLoads = new DoublingHistogram(DURATION_BUCKETS);
  readonly #channels: ChannelServer;
  readonly #ledger: TokenLedger | undefined;
  #channel: ChannelCredentials;
  #reloading: Promise<unknown> = Promise.resolve();
  #isClosing = false;

  /**
   * Reads the channel's certificates and all keys, opens tokens, and starts the workers. A token that cannot be opened, or
   * not within 5 s, is served once it can be.
   *
   * @throws {ChannelCertificateError} when the certificate, key or client CA of the channel cannot be used
   * @throws {RevocationListError} when a certificate revocation list cannot be used
   * @throws {ConfigurationError} when the policy file cannot be used
   * @throws {SecretFileError} when the secrets for sealing, or the key of the audit log, cannot be used
   * @throws {AuditLogError} when the audit log cannot be opened
   */
  static async open(
    configuration: ServerConfiguration,
    options: KeyServerProcessOptions,
  ): Promise<KeyServerProcess> {
    const { logger, keyStores = [] } = options;
    // Before keys are loaded: what their operations cost depends on it.
    testMultiBuffer(logger);
    const state = await loadServerState(configuration);
    for (const warning of state.channel.warnings) logger.warn(warning);
    const audit = await openAuditLogOf(configuration, state, logger);
    const tokens = groupByToken(configuration.pkcs11Uris).map((token) => new Pkcs11Provider(token));
    const opened = new KeyServerProcess(configuration, state, audit, [...tokens, ...keyStores], options);
    await opened.#externalStores.connect();
    if (opened.keys.size === 0)
      logger.error('no private key could be loaded: every operation will be refused');
    return opened;
  }

  private constructor(
    configuration: ServerConfiguration,
    { channel, policy, sealing, keys, keyLoadTime, certificates }: ServerState,
    audit: AuditLog | undefined,
    providers: readonly KeyStoreProvider[],
    { logger, onTokensUsed }: KeyServerProcessOptions,
  ) {
    const { limits, bounds } = configuration;
    this.#configuration = configuration;
    this.#channel = channel;
    this.#audit = audit;
    this.#logger = logger;
    this.#ledger = onTokensUsed && new TokenLedger(onTokensUsed);
    if (this.#ledger !== undefined) policy.recordUses(this.#ledger);
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
    this.reports = new ProcessReports({
      operations,
      batches,
      keyLoads: this.#keyLoads,
      statistics: () => this.statistics(),
      certificates: () => [...this.#channel.watchedCertificates, ...this.#certificates.watchedCertificates],
      keys: () => this.keys,
      executor: this.#operationLanes,
      auditHealthy: () => this.#audit?.healthy !== false,
      keyProblems: () => this.keyProblems,
      keyStores: () => this.health(),
    });
    this.#channels = new ChannelServer(channel, this.#context, configuration.protocols, logger);
  }

  /** The keys that are served now; another object after those of a token have come or gone. */
  get keys(): KeyStore {
    return this.#keys.current;
  }

  /** Key files that could not be used; the others are served. */
  get keyProblems(): readonly KeyFileError[] {
    return this.#keys.problems;
  }

  /** Resolves once operations can be performed. */
  async ready(): Promise<void> {
    await this.#operationLanes.ready();
  }

  /** Serves an edge on this socket. */
  enter(socket: Socket): void {
    this.#channels.enter(socket);
  }

  /** Lets as many edges go as this, once they have what they are owed. They connect again, perhaps to another process. */
  letGo(count: number): void {
    this.#channels.letGo(count);
  }

  /** Counts a connection that was not let in. */
  countRefusal(reason: string): void {
    this.#counters.countRefusal(reason);
  }

  /** Counts a time at which nobody was let in for a moment, as too many had come. */
  countPause(): void {
    this.#counters.pauses += 1;
  }

  /** Counts what clients have used of their rate limits in other processes. */
  chargeTokens(uses: readonly TokenUse[]): void {
    this.#context.policy.chargeUses(uses, performance.now());
  }

  statistics(): KeyServerStatistics {
    const { connections, ...counts } = this.#counters.snapshot();
    const lanes = [
      ...LANES.map((lane) => ({ lane, queued: this.#operationLanes.queueLength(lane) })),
      ...this.#externalStores.lanes,
    ];
    const queued = lanes.reduce((sum, lane) => sum + lane.queued, 0);
    return {
      ...counts,
      connections: { open: this.#channels.connectionCount, ...connections },
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

  /** Whether the keys of tokens and other key stores that hold them themselves can be used, one entry for each store. */
  health(): readonly KeyStoreHealth[] {
    return this.#externalStores.health;
  }

  /**
   * Reads again and checks what is to be served, and serves as before until that is committed.
   *
   * @throws the same as {@link open} does when a part cannot be used; all then stays as it was
   */
  prepareReload(part: ReloadPart): Promise<PreparedReload> {
    return this.#waitedFor(this.#prepareReload(part));
  }

  /** Lets all edges go, answers what has arrived, and frees everything. Once. */
  async close({ drainTimeout = this.#configuration.drainTimeout }: CloseOptions = {}): Promise<void> {
    this.#isClosing = true;
    const timers = [
      // The rest of the time is for the answers to what was read by then.
      setTimeout(() => this.#channels.stopReading(), drainTimeout / 2),
      setTimeout(() => this.#channels.destroy(), drainTimeout),
    ];
    await this.#channels.close();
    for (const timer of timers) clearTimeout(timer);
    this.#ledger?.flush();
    await this.#reloading;
    await Promise.all([this.#operationLanes.close(), this.#externalStores.close()]);
    await this.#closeAuditLog();
    this.#keys.dispose();
    this.#context.sealing?.dispose();
  }

  async #prepareReload(part: ReloadPart): Promise<PreparedReload> {
    try {
      const { serve, discard } = part === 'all' ? await this.#prepareAll() : await this.#prepareKeys();
      const commit = (): Promise<KeyChanges> => {
        if (!this.#isClosing) return this.#waitedFor(serve());
        discard();
        return Promise.reject(new KeyServiceClosedError('The key server is being closed'));
      };
      return { commit, discard };
    } catch (error) {
      this.#counters.reloads.failed += 1;
      this.#logger.error({ reason: reasonOf(error) }, 'not reloaded: all is served as it was before');
      throw error;
    }
  }

  async #prepareAll(): Promise<Preparation> {
    const state = await loadServerState(this.#configuration);
    return {
      discard: () => {
        state.keys.keys.dispose();
        state.sealing?.dispose();
      },
      serve: () => this.#serve(state),
    };
  }

  async #prepareKeys(): Promise<Preparation> {
    const { keyStores, certificateFolders } = this.#configuration;
    const loaded = await loadKeys(keyStores);
    const chains = await loadChains(certificateFolders);
    return {
      discard: () => loaded.keys.dispose(),
      serve: () => {
        const keys = this.#keys.replace(loaded);
        this.#certificates.replace(chains);
        const isChanged = keys.added > 0 || keys.removed > 0;
        this.#logger[isChanged ? 'info' : 'debug']({ keys: this.keys.size, ...keys }, 'keys reloaded');
        return Promise.resolve(keys);
      },
    };
  }

  async #serve(state: ServerState): Promise<KeyChanges> {
    for (const warning of state.channel.warnings) this.#logger.warn(warning);
    if (this.#ledger !== undefined) state.policy.recordUses(this.#ledger);
    this.#context.policy = state.policy;
    this.#context.sealing?.dispose();
    this.#context.sealing = state.sealing;
    this.#channel = state.channel;
    this.#channels.useChannel(state.channel);
    this.#keyLoads.record(state.keyLoadTime);
    const keys = this.#keys.replace(state.keys);
    this.#certificates.replace(state.certificates);
    this.#counters.reloads.succeeded += 1;
    this.#logger.info({ keys: this.keys.size, ...keys }, 'reloaded');
    await this.#externalStores.connect();
    return keys;
  }

  /** Nothing is closed under the feet of a reload. */
  #waitedFor<T>(reload: Promise<T>): Promise<T> {
    this.#reloading = reload.catch(() => undefined);
    return reload;
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

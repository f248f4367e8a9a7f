import { isDeepStrictEqual } from 'node:util';
import {
  DeadlineExceededError,
  InternalError,
  KeyNotFoundError,
  KeyServiceClosedError,
  KeyServiceError,
  OperationCancelledError,
  RemoteConfigurationError,
  type KeyService,
  type OperationRequest,
  type PerformOptions,
  type RetryAdvice,
} from '@latchkey/codec';
import { type AttemptObserver, OperationAttempt, type Target } from './attempt.js';
import { CertificateNames } from './certificate-names.js';
import { chooseTarget, longestSilence } from './choice.js';
import { parseCertificateNames, parseOptions, type ClientConfiguration } from './configuration.js';
import type { ConnectionUser } from './connection.js';
import { KeyServerConnectionError, notListedError, TooManyOperationsError } from './errors.js';
import type { ConnectionFailure } from './failure.js';
import { Hedging } from './hedging.js';
import { KeyServerGroup } from './key-server-group.js';
import type { KeyServer } from './key-server.js';
import { afterReading } from './liveness.js';
import type { KeyServerClientChanges, KeyServerClientOptions } from './options.js';
import { PendingOperation } from './pending-operation.js';
import { keyServerStatistics, type KeyServerClientStatistics } from './statistics.js';

/**
 * Key servers as a {@link KeyService}.
 *
 * The first operation connects, or at once the wish for certificates ({@link KeyServerClientOptions.certificateNames}); from then on connections are kept, and made again in the background when they break. One
 * that the key server closes while nothing is in flight is made again with the next operation.
 * An operation goes to the key server where it is likely to be answered soonest. While none has room it waits; when every
 * key server's last attempt has failed, it fails at once with {@link KeyServerConnectionError} instead of waiting for the
 * next attempt.
 *
 * Where an answer does not come, another key server is asked: when the connection breaks, when it is silent for longer than
 * can be explained, when the key server answers that it cannot do what another may, and, for a small share
 * of operations, when the answer merely takes long ({@link KeyServerClientOptions.hedging}); the first answer counts. Not
 * so with RPCs and custom functions, which might have been performed. Key servers that fail get no operations until they
 * have shown that they are there again.
 *
 * `perform` answers as the operation's type says; `decrypt_premaster` is answered with the padded block by key servers that
 * are spoken to in Keyless SSL v1. Besides the errors that key servers answer with, it throws
 * {@link KeyServerConnectionError}, {@link TooManyOperationsError}, `DeadlineExceededError`, `OperationCancelledError`
 * and `KeyServiceClosedError`, and `UnencodableMessageError` for what the protocol cannot say.
 */
export interface KeyServerClient extends KeyService {
  statistics(): KeyServerClientStatistics;
  /**
   * Changes key servers or the channel's certificates while operations go on. Key servers that are not listed any more get
   * no further operations and are left once they have answered; with new certificates all connections are made anew.
   *
   * @throws {ConfigurationError} when an option is wrong; then nothing has changed
   */
  reconfigure(changes: KeyServerClientChanges): void;
}

/**
 * Makes a client. It keeps the process running until it is closed.
 *
 * @throws {ConfigurationError} when an option is wrong
 */
export function createKeyServerClient(options: KeyServerClientOptions): KeyServerClient {
  return new PooledKeyServerClient(options);
}

class PooledKeyServerClient implements KeyServerClient, ConnectionUser, AttemptObserver {
  #options: KeyServerClientOptions;
  #configuration: ClientConfiguration;
  #groups: readonly KeyServerGroup[];
  /** Those that are not listed any more, while they answer what they still owe. */
  readonly #leaving = new Set<KeyServerGroup>();
  readonly #hedging: Hedging;
  readonly #certificateNames: CertificateNames;
  /** The longest waiting first. */
  readonly #waiting = new Set<PendingOperation>();
  readonly #counts = { sent: 0, answered: 0, failed: 0, failedOver: 0, hedged: 0, hedgesWon: 0 };
  #closing: Promise<unknown> | undefined;

  constructor(options: KeyServerClientOptions) {
    this.#options = options;
    this.#certificateNames = new CertificateNames(parseCertificateNames(options.certificateNames));
    const configuration = { ...parseOptions(options), certificateNames: this.#certificateNames };
    this.#configuration = configuration;
    this.#hedging = new Hedging(configuration.hedging);
    this.#groups = configuration.keyServers.map(
      (listing) => new KeyServerGroup(listing, configuration, this),
    );
    if (this.#wantsConnections) this.onProgress();
  }

  reconfigure(changes: KeyServerClientChanges): void {
    const options = { ...this.#options, ...changes };
    const certificateNames = parseCertificateNames(options.certificateNames);
    const configuration = { ...parseOptions(options), certificateNames: this.#certificateNames };
    if (this.#closing !== undefined) return;
    const keepsCertificates = CERTIFICATES.every((name) => options[name] === this.#options[name]);
    const before = keepsCertificates ? this.#groups : [];
    const leaving = new Set(this.#groups);
    this.#options = options;
    this.#configuration = configuration;
    this.#groups = configuration.keyServers.map((listing) => {
      const group = before.find((known) => leaving.has(known) && isDeepStrictEqual(known.listing, listing));
      if (group === undefined) return new KeyServerGroup(listing, configuration, this);
      leaving.delete(group);
      return group;
    });
    for (const group of leaving) this.#dismiss(group);
    if (changes.certificateNames !== undefined) this.#certificateNames.replace(certificateNames);
    if (this.#wantsConnections) this.onProgress();
  }

  async perform(request: OperationRequest, { deadline, signal }: PerformOptions): Promise<Uint8Array> {
    if (this.#closing !== undefined) throw closedError();
    if (signal?.aborted === true)
      throw new OperationCancelledError('the operation was called off before it began');
    const now = performance.now();
    if (deadline <= now) throw new DeadlineExceededError('the deadline passed before the operation began');
    if (this.#waiting.size >= this.#configuration.maximumWaiting) {
      throw new TooManyOperationsError(`${this.#waiting.size} operations wait for a key server already`);
    }
    const operation = new PendingOperation(
      request,
      { deadline: Math.min(deadline, now + this.#configuration.operationTimeout), ...(signal && { signal }) },
      (givenUp) => this.#waiting.delete(givenUp),
    );
    this.#hedging.onOperation();
    this.#waiting.add(operation);
    this.onProgress();
    try {
      const payload = await operation.outcome;
      this.#counts.answered += 1;
      return payload;
    } catch (error) {
      this.#counts.failed += 1;
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const operation of this.#waiting) operation.fail(closedError());
    this.#waiting.clear();
    this.#closing ??= Promise.all(
      [...this.#groups, ...this.#leaving].map((group) => group.close(closedError, 0)),
    );
    await this.#closing;
  }

  statistics(): KeyServerClientStatistics {
    return {
      operations: { ...this.#counts, waiting: this.#waiting.size },
      hedgeDelays: this.#hedging.delays,
      keyServers: this.#groups.flatMap(({ listing, keyServers }) =>
        keyServers.map((keyServer) => keyServerStatistics(listing.name, keyServer)),
      ),
    };
  }

  onProgress(): void {
    for (const group of this.#groups) group.connect();
    this.#dispatch();
  }

  onFailure(): void {
    if (this.#wantsConnections) for (const group of this.#groups) group.connect();
    this.#dispatch();
  }

  onAnswered({ operation, target: { keyServer }, isHedge, age }: OperationAttempt): void {
    const now = performance.now();
    keyServer.counts.answered += 1;
    keyServer.latency.record(age, now);
    keyServer.latencies.record(age / 1000);
    keyServer.health.onSuccess();
    this.#hedging.onAnswer(operation.request.operation, age, now);
    if (isHedge && !operation.settled) this.#counts.hedgesWon += 1;
  }

  onRefused({ operation, target: { keyServer } }: OperationAttempt, error: Error): void {
    keyServer.counts.refused += 1;
    if (isServersFault(error)) keyServer.health.onFault();
    const { isRetryable, retryAfter } = retryAdviceOf(error);
    keyServer.rests.begin(operation.request.operation.type, retryAfter, performance.now());
    if (!isRetryable) {
      operation.fail(error);
    } else if (!operation.isUnderWay) {
      const target = operation.repeatable ? this.#chooseAnother(operation) : undefined;
      if (target !== undefined) this.#failOver(operation, target);
      else if (!operation.repeatable || retryAfter === 0) operation.fail(error);
      else this.#retryLater(operation, retryAfter, error);
    }
  }

  onInterrupted({ operation, target: { keyServer } }: OperationAttempt, error: Error): void {
    keyServer.counts.interrupted += 1;
    operation.interruptions += 1;
    if (operation.settled || operation.isUnderWay) return;
    if (this.#closing !== undefined || !operation.repeatable) {
      operation.fail(error);
    } else {
      this.#counts.failedOver += 1;
      // The process that has ended may have had further connections, whose end is to be read before one of them is chosen. The
      // kernel ends them one by one: where what has come until now did not help, there is more to come.
      if (operation.interruptions === 1) afterReading(() => this.#waitAgain(operation));
      else setTimeout(() => this.#waitAgain(operation), ENDING_TIME);
    }
  }

  onOverdue({ operation, target: { keyServer, channel } }: OperationAttempt): void {
    keyServer.counts.overdue += 1;
    const now = performance.now();
    const allowed = longestSilence(keyServer, this.#hedging.longestDelay, now);
    const isSilent = channel.silence(now) > allowed;
    keyServer.suspect(allowed);
    if (!operation.repeatable || !(isSilent || this.#hedging.mayHedge)) return;
    const target = this.#chooseAnother(operation);
    if (target === undefined) return;
    if (isSilent) {
      this.#failOver(operation, target);
    } else {
      this.#hedging.spend();
      this.#counts.hedged += 1;
      this.#send(operation, target, true);
    }
  }

  /** Whether connections are made again at once: somebody waits for them, or for what key servers say by themselves. */
  get #wantsConnections(): boolean {
    return this.#closing === undefined && (this.#waiting.size > 0 || this.#certificateNames.sites.length > 0);
  }

  #dispatch(): void {
    for (const operation of this.#waiting) {
      const target = this.#choose(operation);
      if (target === undefined) {
        this.#failDuringOutage();
        return;
      }
      this.#waiting.delete(operation);
      this.#send(operation, target, false);
    }
  }

  /** Where an operation goes that waits: where it has not been if possible, and to one that is no good before to none. */
  #choose(operation: PendingOperation): Target | undefined {
    return (
      this.#chooseAnother(operation) ??
      this.#chooseFrom(() => true, true) ??
      this.#chooseFrom(() => true, false)
    );
  }

  /** A healthy key server that the operation has not been sent to. */
  #chooseAnother(operation: PendingOperation): Target | undefined {
    const { type } = operation.request.operation;
    const now = performance.now();
    return this.#chooseFrom(
      ({ name, rests }) => !operation.wasSentTo(name) && !rests.includes(type, now),
      true,
    );
  }

  #chooseFrom(accepts: (keyServer: KeyServer) => boolean, onlyHealthy: boolean): Target | undefined {
    return chooseTarget(
      this.#groups.map(({ tiers }) => tiers),
      accepts,
      {
        onlyHealthy,
        patience: this.#hedging.longestDelay,
        now: performance.now(),
        random: Math.random(),
      },
    );
  }

  #failOver(operation: PendingOperation, target: Target): void {
    this.#counts.failedOver += 1;
    this.#send(operation, target, false);
  }

  /** @param delay in milliseconds: what the key server has asked for */
  #retryLater(operation: PendingOperation, delay: number, error: Error): void {
    if (performance.now() + delay >= operation.deadline) {
      operation.fail(error);
      return;
    }
    setTimeout(() => this.#waitAgain(operation), delay);
  }

  #waitAgain(operation: PendingOperation): void {
    if (operation.settled) return;
    if (this.#closing === undefined) {
      this.#waiting.add(operation);
      this.onProgress();
    } else {
      operation.fail(closedError());
    }
  }

  #send(operation: PendingOperation, target: Target, isHedge: boolean): void {
    const { counts } = target.keyServer;
    const patience = this.#hedging.delayFor(operation.request.operation);
    try {
      new OperationAttempt(operation, target, { observer: this, patience, isHedge }).watch();
    } catch (error) {
      operation.fail(error as Error);
      return;
    }
    this.#counts.sent += 1;
    counts.sent += 1;
    if (isHedge) counts.hedges += 1;
  }

  #dismiss(group: KeyServerGroup): void {
    this.#leaving.add(group);
    const { operationTimeout } = this.#configuration;
    void group
      .close(() => notListedError(group.listing.name), operationTimeout)
      .finally(() => this.#leaving.delete(group));
  }

  /** Fails all that wait when every key server's last attempt has failed. */
  #failDuringOutage(): void {
    const failures: ConnectionFailure[] = [];
    for (const { outage } of this.#groups) {
      if (outage === undefined) return;
      failures.push(outage);
    }
    const [first, ...others] = failures;
    if (first === undefined) return;
    for (const operation of this.#waiting) operation.fail(new KeyServerConnectionError([first, ...others]));
    this.#waiting.clear();
  }
}

/** How long a process of a key server may take to end, from the first of its connections to the last, in milliseconds. */
const ENDING_TIME = 20;

const CERTIFICATES = ['certificate', 'key', 'ca'] as const;

/** What a key server that speaks kssl1 cannot say follows from the kind of the error. */
function retryAdviceOf(error: Error): RetryAdvice {
  const advice = error instanceof KeyServiceError ? error.retryAdvice : undefined;
  return advice ?? { isRetryable: isServersFault(error) || error instanceof KeyNotFoundError, retryAfter: 0 };
}

/** Whether a key server failed, and neither the request nor the load is to blame. */
function isServersFault(error: Error): boolean {
  return error instanceof InternalError || error instanceof RemoteConfigurationError;
}

function closedError(): KeyServiceClosedError {
  return new KeyServiceClosedError('the client of the key servers has been closed');
}

import type { PerformOptions } from '@latchkey/codec';
import type { Logger } from 'pino';
import { errorOf } from '../operations/failure.js';
import type { PrivateKeyOperation } from '../operations/private-key-operation.js';
import type { Job, JobExecutor } from '../pool/job.js';
import { reasonOf } from '../system-error.js';
import { describeKey, type RemoteKeyDescription } from './key-description.js';
import {
  type KeyProblem,
  KeyStoreCredentialsError,
  type KeyStoreProvider,
  KeyStoreUnavailableError,
  type ProvidedKey,
  type ProvidedKeys,
} from './key-store-provider.js';
import { ProviderLane } from './provider-lane.js';
import { toProvidedOperation } from './provided-operation.js';

/**
 * `loading`: for the first time. `unavailable`: tried again after a while. `credentials_refused`: a wrong PIN; not tried
 * again until a reload.
 */
export type KeyStoreState = 'loading' | 'ready' | 'unavailable' | 'credentials_refused';

/** Whether the keys of a key store can be used. */
export interface KeyStoreHealth {
  /** {@link KeyStoreProvider.name} */
  readonly store: string;
  readonly state: KeyStoreState;
  /** Why it is not ready. */
  readonly reason?: string;
  /** SKIs, as hexadecimal text, of the keys that it has had and that now cannot be used. */
  readonly unusableKeys: readonly string[];
  /** Keys in it that cannot be used even when it is ready. */
  readonly problems: readonly KeyProblem[];
}

/** A key of an {@link ExternalKeyStore}. */
export interface ExternalKey {
  readonly description: RemoteKeyDescription;
  readonly label: string;
  readonly provided: ProvidedKey;
}

/** What an {@link ExternalKeyStore} works with. */
export interface ExternalKeyStoreOptions {
  readonly logger: Logger;
  /** Called when the keys are others than before. */
  readonly onKeysChanged: () => void;
}

/**
 * A {@link KeyStoreProvider} with what a key server adds to it: a lane, reconnection, health.
 *
 * Once loaded, its keys stay known while it is unavailable: they answer with an internal error at once.
 */
export class ExternalKeyStore implements JobExecutor {
  readonly #provider: KeyStoreProvider;
  readonly #logger: Logger;
  readonly #onKeysChanged: () => void;
  readonly #lane: ProviderLane;
  readonly #closing = new AbortController();
  /** Handles stay with a key's SKI, so that operations begun before a reconnection find it after. */
  readonly #handles = new Map<string, number>();
  #keys: ReadonlyMap<number, ExternalKey> = new Map();
  #problems: readonly KeyProblem[] = [];
  #state: KeyStoreState = 'loading';
  #reason: string | undefined;
  #loading: Promise<void> | undefined;
  #failures = 0;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(provider: KeyStoreProvider, { logger, onKeysChanged }: ExternalKeyStoreOptions) {
    this.#provider = provider;
    this.#logger = logger.child({ store: provider.name });
    this.#onKeysChanged = onKeysChanged;
    this.#lane = new ProviderLane({
      perform: (operation, options) => this.#perform(operation, options),
      onUnavailable: (error) => this.#onUnavailable(error),
      onFailure: (error) =>
        this.#logger.warn({ reason: reasonOf(error) }, 'an operation failed in the key store'),
    });
  }

  /** The keys that it had when it was last loaded. */
  get keys(): Iterable<ExternalKey> {
    return this.#keys.values();
  }

  get health(): KeyStoreHealth {
    const isReady = this.#state === 'ready';
    return {
      store: this.#provider.name,
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      unusableKeys: isReady ? [] : [...this.#keys.values()].map(({ description }) => indexOf(description)),
      problems: this.#problems,
    };
  }

  /** Jobs that have not been begun. */
  get queueLength(): number {
    return this.#lane.queueLength;
  }

  /**
   * Connects, also where credentials were refused before: for the start, and for an operator's reload. Does nothing to a
   * store that is ready. Resolves when the attempt has ended, well or not; never rejects.
   */
  connect(): Promise<void> {
    if (this.#state === 'ready' || this.#closing.signal.aborted) return Promise.resolve();
    clearTimeout(this.#retryTimer);
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  /** Takes a job whose key handle is one of {@link keys}; fails it at once where the store is not ready. */
  submit(job: Job): void {
    if (this.#state === 'ready') this.#lane.submit(job);
    else job.fail(this.#closing.signal.aborted ? 'closed' : 'internal');
  }

  /** Fails what is under way and closes the provider. Idempotent. */
  async close(): Promise<void> {
    this.#state = 'unavailable';
    this.#closing.abort();
    clearTimeout(this.#retryTimer);
    this.#lane.failAll('closed');
    await this.#loading;
    await this.#provider.close();
  }

  async #load(): Promise<void> {
    const attempt = new AbortController();
    const giveUp = () => attempt.abort();
    const timer = setTimeout(giveUp, LOAD_TIMEOUT);
    this.#closing.signal.addEventListener('abort', giveUp);
    const { signal } = attempt;
    try {
      const loaded = await Promise.race([this.#provider.load({ signal }), rejectOnAbort(signal)]);
      if (!this.#closing.signal.aborted) this.#adopt(loaded);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#onLoadFailure(error);
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener('abort', giveUp);
    }
  }

  #adopt({ keys, problems = [] }: ProvidedKeys): void {
    const adopted = new Map<number, ExternalKey>();
    const unusable: KeyProblem[] = [...problems];
    for (const provided of keys) {
      const { label } = provided;
      try {
        const description = describeKey(provided.subjectPublicKeyInfo, 0);
        const handle = this.#handleOf(description);
        adopted.set(handle, { description: { ...description, handle }, label, provided });
      } catch (error) {
        unusable.push({ label, reason: reasonOf(error) });
      }
    }
    for (const { label, reason } of unusable) this.#logger.error({ key: label }, `key not served: ${reason}`);
    const isChanged = [...adopted.keys()].join() !== [...this.#keys.keys()].join();
    this.#keys = adopted;
    this.#problems = unusable;
    this.#lane.concurrency = this.#provider.concurrency ?? DEFAULT_CONCURRENCY;
    this.#state = 'ready';
    this.#reason = undefined;
    this.#logger.info({ keys: adopted.size }, 'key store is ready');
    if (isChanged) this.#onKeysChanged();
  }

  #handleOf(description: RemoteKeyDescription): number {
    const index = indexOf(description);
    const handle = this.#handles.get(index) ?? this.#handles.size + 1;
    this.#handles.set(index, handle);
    return handle;
  }

  #onLoadFailure(error: unknown): void {
    const isRefused = error instanceof KeyStoreCredentialsError;
    const reason = reasonOf(error);
    // Said once, not at every attempt.
    if (isRefused) this.#logger.error({ reason }, 'key store refuses us; not tried again before a reload');
    else if (reason !== this.#reason)
      this.#logger.error({ reason }, 'key store cannot be reached; tried again');
    this.#state = isRefused ? 'credentials_refused' : 'unavailable';
    this.#reason = reason;
    if (!isRefused) this.#retryLater();
  }

  #onUnavailable(error: unknown): void {
    if (this.#state !== 'ready') return;
    this.#state = 'unavailable';
    this.#reason = reasonOf(error);
    this.#logger.error({ reason: this.#reason }, 'key store has gone; its keys fail until it is back');
    this.#lane.failAll('internal');
    this.#retryLater();
  }

  #retryLater(): void {
    const delay = Math.min(FIRST_RETRY_DELAY * 2 ** this.#failures, MAXIMUM_RETRY_DELAY);
    this.#failures += 1;
    // Spread: the key servers that lost one token do not all come back to it at once.
    this.#retryTimer = setTimeout(() => void this.connect(), delay * (0.75 + Math.random() / 2)).unref();
  }

  async #perform(operation: PrivateKeyOperation, options: PerformOptions): Promise<Uint8Array> {
    const key = this.#keys.get(operation.keyHandle);
    if (key === undefined) throw new KeyStoreUnavailableError('a key that it had is not there any more');
    const provided = toProvidedOperation(operation, key.description);
    if (typeof provided === 'string') throw errorOf(provided);
    const answer = await key.provided.perform(provided, options);
    this.#failures = 0;
    return answer;
  }
}

/** How long a provider may take to load, in milliseconds. */
const LOAD_TIMEOUT = 30_000;
const DEFAULT_CONCURRENCY = 4;
const FIRST_RETRY_DELAY = 250;
const MAXIMUM_RETRY_DELAY = 30_000;

function indexOf({ ski }: RemoteKeyDescription): string {
  return Buffer.from(ski).toString('hex');
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () =>
      reject(new KeyStoreUnavailableError(`it does not answer within ${LOAD_TIMEOUT / 1000} s`));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

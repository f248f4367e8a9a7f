import { backoffDelay } from './backoff.js';
import type { BackoffConfiguration } from './configuration.js';
import type { EjectionReason } from './options.js';

/** What {@link Health} needs of its key server. */
export interface HealthOptions {
  readonly backoff: BackoffConfiguration;
  /** Asks the key server for a sign of life. */
  readonly probe: () => void;
  readonly onEjected: (reason: EjectionReason) => void;
  /** Told after how many milliseconds. */
  readonly onRestored: (after: number) => void;
}

/**
 * Whether a key server is any use. It is ejected when it cannot be reached, is silent though it owes answers, or fails
 * operation after operation; a sign of life brings it back. After failures it is left alone for a while first, for longer
 * each time, and is on probation when it comes back.
 */
export class Health {
  readonly #options: HealthOptions;
  /** How often it was ejected. */
  ejections = 0;
  #hasServed = false;
  #ejectedAt: number | undefined;
  #faultsInRow = 0;
  #rests = 0;
  #rest: 'none' | 'resting' | 'probed' = 'none';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get isEjected(): boolean {
    return this.#ejectedAt !== undefined;
  }

  /** Whether it is left alone because of its failures. */
  get isResting(): boolean {
    return this.#rest !== 'none';
  }

  /** An operation was performed. */
  onSuccess(): void {
    this.#faultsInRow = 0;
    this.#rests = 0;
  }

  /** An operation failed, and not by the requester's doing. */
  onFault(): void {
    this.#faultsInRow += 1;
    if (this.#faultsInRow < FAULTS_IN_ROW || this.isResting) return;
    this.#faultsInRow = FAULTS_IN_ROW - 1;
    this.#rests += 1;
    this.#rest = 'resting';
    this.#timer = setTimeout(this.#onRested, backoffDelay(this.#options.backoff, this.#rests)).unref();
    this.#eject('faults');
  }

  /** It owes answers and says nothing on any connection. */
  onSilence(): void {
    this.#eject('silent');
  }

  /** No connection is left, nor being made. */
  onOutage(): void {
    this.#eject('unreachable');
  }

  /** It has answered something, be it a ping. */
  onSignOfLife(): void {
    if (this.#rest === 'probed') this.#rest = 'none';
    this.#hasServed = true;
    if (this.#ejectedAt === undefined || this.isResting) return;
    const after = performance.now() - this.#ejectedAt;
    this.#ejectedAt = undefined;
    this.#options.onRestored(after);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #onRested = (): void => {
    this.#rest = 'probed';
    this.#options.probe();
  };

  #eject(reason: EjectionReason): void {
    // One that never served was not in use.
    if (!this.#hasServed || this.isEjected) return;
    this.#ejectedAt = performance.now();
    this.ejections += 1;
    this.#options.onEjected(reason);
  }
}

/** Enough not to be chance, few enough not to cost many visitors a second attempt. */
const FAULTS_IN_ROW = 5;

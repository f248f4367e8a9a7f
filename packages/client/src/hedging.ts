import type { Operation } from '@latchkey/codec';
import { RecentDurations } from '@latchkey/metrics';
import { kindOf, type OperationKind } from './operation-kind.js';

/** How much may be hedged. */
export interface HedgingConfiguration {
  /** The share of all operations that may be sent a second time, 0 to 1. */
  readonly share: number;
  /** The least time to wait for an answer, in milliseconds. */
  readonly minimumDelay: number;
}

/**
 * Decides when an operation that has had no answer is sent to a second key server too (a hedge): after the time in which
 * 95 of 100 of its kind were answered lately, and only as long as the share that may be spent on that is not used up.
 */
export class Hedging {
  readonly #configuration: HedgingConfiguration;
  readonly #kinds = new Map<OperationKind, KindLatency>();
  #tokens: number;

  constructor(configuration: HedgingConfiguration) {
    this.#configuration = configuration;
    this.#tokens = configuration.share > 0 ? BURST : 0;
  }

  /** Milliseconds after which an operation is overdue. */
  delayFor(operation: Operation): number {
    const expected = this.#kinds.get(kindOf(operation))?.delay ?? DELAY_AT_FIRST;
    return Math.max(this.#configuration.minimumDelay, expected);
  }

  /** The longest of all kinds' delays, in milliseconds. */
  get longestDelay(): number {
    let longest = this.#kinds.size === 0 ? DELAY_AT_FIRST : this.#configuration.minimumDelay;
    for (const { delay } of this.#kinds.values()) longest = Math.max(longest, delay ?? DELAY_AT_FIRST);
    return longest;
  }

  /** The delays in milliseconds by kind of operation, for statistics. */
  get delays(): Readonly<Partial<Record<OperationKind, number>>> {
    const { minimumDelay } = this.#configuration;
    return Object.fromEntries(
      [...this.#kinds].map(([kind, { delay = DELAY_AT_FIRST }]) => [kind, Math.max(minimumDelay, delay)]),
    );
  }

  /** An operation was asked for: the share grows by its part. */
  onOperation(): void {
    this.#tokens = Math.min(BURST, this.#tokens + this.#configuration.share);
  }

  /** An operation was answered, after so many milliseconds. */
  onAnswer(operation: Operation, latency: number, now: number): void {
    const kind = kindOf(operation);
    let latencies = this.#kinds.get(kind);
    if (latencies === undefined) this.#kinds.set(kind, (latencies = new KindLatency()));
    latencies.record(latency, now);
  }

  /** Whether the share has room for one more. */
  get mayHedge(): boolean {
    return this.#tokens >= 1;
  }

  /** Takes one hedge out of the share. */
  spend(): void {
    this.#tokens -= 1;
  }
}

/** How long operations of one kind take. */
class KindLatency {
  /** The 95th percentile, in milliseconds; undefined where too few are known. */
  delay: number | undefined;
  readonly #durations = new RecentDurations();
  #recorded = 0;
  #nextLookAt = 0;

  record(latency: number, now: number): void {
    this.#durations.record(latency / 1000, now);
    this.#recorded += 1;
    if (this.#recorded < FEWEST || now < this.#nextLookAt) return;
    const [seconds] = this.#durations.quantiles([0.95], now).seconds;
    this.delay = seconds === undefined ? undefined : seconds * 1000;
    this.#nextLookAt = now + LOOK_INTERVAL;
  }
}

/** Hedges that may be saved up, for when many operations are overdue at once. */
const BURST = 10;

/** In milliseconds, while it is not known how long operations take. */
const DELAY_AT_FIRST = 100;

/** Answers without which a percentile would mean nothing. */
const FEWEST = 20;

/** Milliseconds between looks at the percentile, which cost more than a record. */
const LOOK_INTERVAL = 250;

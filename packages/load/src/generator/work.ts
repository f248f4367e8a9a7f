import type { Collector } from './collector.js';

/** Something that can be asked for again and again, and tells a {@link Collector} what became of it. */
export interface Work {
  /**
   * Asks once more.
   *
   * @param dueAt from when on the latency counts, in the milliseconds of the collector's clock
   * @returns false, having done nothing, when there is no room before something is answered
   */
  start(dueAt: number): boolean;
  /** Sends what was only prepared. */
  flush(): void;
  /** For what asks again by itself: nothing more is to be asked. */
  stop?(): void;
  /** What is under way. */
  readonly inFlight: number;
  /** Called when something was answered or has failed. */
  onRoom: () => void;
  /** For loops that nothing else would end: throws when it cannot go on. */
  requireOpen(): void;
  /**
   * Looks at what there was no time for while it was fast that mattered.
   *
   * @throws {BenchmarkError} when an answer was wrong
   */
  summary(): WorkSummary;
}

/** What a work knows of what it has done since the last time. */
export interface WorkSummary {
  /** Answers that were looked at and were right. */
  readonly verified: number;
  /** What was agreed upon with the server, e.g. the TLS version and the cipher suite. */
  readonly protocol: string;
}

/** Makes a work ready. */
export type WorkOpener<Order> = (order: Order, collector: Collector, seed: number) => Promise<Work>;

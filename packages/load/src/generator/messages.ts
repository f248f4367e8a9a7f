import type { IntervalReport } from './collector.js';

/** What a generator's process tells the one that started it. */
export type GeneratorMessage =
  /** It is connected and waits for the word to begin, so that several begin together. */
  | { readonly type: 'ready' }
  | { readonly type: 'interval'; readonly interval: IntervalReport }
  | { readonly type: 'done'; readonly findings: Findings }
  | { readonly type: 'failed'; readonly message: string };

/** The process stood still to collect garbage. Times are in milliseconds. */
export interface Collection {
  /** Since the word to begin. */
  readonly at: number;
  readonly duration: number;
}

/** What one process found. Histograms are in the text form of {@link LatencyHistogram}. */
export interface Findings {
  readonly latencies: Readonly<Record<string, string>>;
  readonly phases: Readonly<Record<string, string>>;
  readonly lateness: string;
  readonly failures: Readonly<Record<string, number>>;
  /** Requests that were due while it was measured, and answers that came meanwhile. */
  readonly due: number;
  readonly answered: number;
  /** Answers and failures from the word to begin until nothing was under way any more, warming up included. */
  readonly total: number;
  readonly verified: number;
  readonly protocol: string;
  /** CPU time of the process for all of it, in milliseconds. */
  readonly cpu: { readonly user: number; readonly system: number; readonly spinning: number };
  /** When it was given the word, in milliseconds of the clock that all processes of a machine have in common (`process.hrtime`). */
  readonly beganAt: number;
  /** When the process collected garbage. */
  readonly collections: readonly Collection[];
  /** How long all of it took, in milliseconds. */
  readonly wall: number;
}

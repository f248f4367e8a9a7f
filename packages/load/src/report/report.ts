import { cpus, release, totalmem } from 'node:os';
import type { Pace } from '../generator/order.js';
import type { GeneratorResult } from '../generator/result.js';
import type { Spread } from '../spread.js';

/** All that a run found, and what it takes to repeat it. Plain data: it is written as JSON and shown as a page. */
export interface Report {
  readonly format: 'latchkey-bench-1';
  readonly title: string;
  /** When it was begun, as in ISO 8601. */
  readonly date: string;
  /** What was run. */
  readonly command: readonly string[];
  readonly seed: number;
  readonly environment: Environment;
  /** What else decides the figures. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly measurements: readonly Measurement[];
}

/** What a figure is worth nothing without. */
export interface Environment {
  readonly versions: Readonly<Record<string, string>>;
  readonly processor: { readonly model: string; readonly count: number };
  /** In MiB. */
  readonly memory: number;
}

/** One thing that was measured. */
export interface Measurement {
  /** Names it in comparisons. */
  readonly id: string;
  readonly title: string;
  /** Under which heading it stands. */
  readonly group: string;
  readonly pace: Pace;
  /** Those of one series are the same at different loads. */
  readonly series?: string;
  /** None: the generator was what limited it. */
  readonly result?: GeneratorResult;
  /** Why there is no result. */
  readonly refusal?: string;
  /** What one should know of how it was measured. */
  readonly note?: string;
  readonly server?: ServerLoad;
  readonly baseline?: Baseline;
}

/** What it cost the server. */
export interface ServerLoad {
  /** CPU time for each operation in microseconds, of each repeat. */
  readonly cpuPerOperation: readonly number[];
  /** What its threads had of a processor in the last repeat, from 0 to 1. */
  readonly threads: readonly { readonly name: string; readonly busy: number }[];
  /** How many operations were performed together: batches of at most so many, the last without a bound. */
  readonly batchSizes?: readonly { readonly atMost: number | null; readonly batches: number }[];
}

/** What does the same in some other way, measured in the same repeats. */
export interface Baseline {
  readonly title: string;
  /** CPU time for each operation in microseconds, of each repeat. */
  readonly cpuPerOperation: readonly number[];
  /** Of the server's CPU time to the baseline's. */
  readonly ratio: Spread;
}

/** Of this process and machine. */
export function describeEnvironment(moreVersions: Readonly<Record<string, string>> = {}): Environment {
  return {
    versions: {
      node: process.version,
      openssl: process.versions.openssl,
      kernel: `${process.platform} ${release()}`,
      ...moreVersions,
    },
    processor: { model: cpus()[0]?.model.trim() ?? 'unknown', count: cpus().length },
    memory: Math.round(totalmem() / 2 ** 20),
  };
}

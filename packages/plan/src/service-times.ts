/** The keys that a site's certificate may have, as scenarios and calibrations name them. */
export const KEY_TYPES = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'p-256', 'p-384', 'p-521', 'ed25519'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/** Which operations wait for each other in a key server: docs/architecture.md, "The journey of an operation". */
export const LANES = ['inline', 'short', 'long'] as const;
export type Lane = (typeof LANES)[number];

/** What it takes to perform so many operations of one key type in one go. */
export interface BatchCost {
  /** Operations, at least 1. */
  readonly size: number;
  /** All of them together, in microseconds of one thread. */
  readonly microseconds: number;
}

/** What operations of one key type cost. */
export interface OperationCost {
  readonly lane: Lane;
  /** At least one, sizes ascending. */
  readonly batches: readonly BatchCost[];
}

/** How often, and for how long, a machine does nothing although it has work: what else runs on it takes its processors. */
export interface Pauses {
  readonly perSecond: number;
  /** Durations as quantiles at even steps from the shortest to the longest, in microseconds; at least one. */
  readonly microseconds: readonly number[];
}

/** How often, and for how long, the thread that moves the bytes stands still to collect garbage. */
export interface Collections {
  /** From one to the next, on average: garbage comes with requests. More than 0. */
  readonly requests: number;
  /** Durations as those of {@link Pauses}. */
  readonly microseconds: readonly number[];
}

/** What a machine needs for the work of a key server, measured on one of its kind. Times are in microseconds. */
export interface ServiceTimes {
  /** A turn of the event loop that moves anything at all, on a processor that is busy: to read, to write. */
  readonly turn: number;
  /** What a thread costs beside that which a processor that had nothing to do has to wake up for. */
  readonly wake: number;
  /**
   * Each request beside that, in a TLS record of its own: to read it, to encode its answer. Without collections of garbage.
   */
  readonly request: number;
  /** To hand a batch to a worker thread and to take back the answers. */
  readonly handover: number;
  /** From the client and back when nothing else is going on, besides the server's turn: kernel, network, wake-ups. */
  readonly floor: number;
  /** What the way to a sleeping worker thread and back adds to that. */
  readonly hop: number;
  readonly operations: Readonly<Partial<Record<KeyType, OperationCost>>>;
  /** None: they are not known, or too seldom to matter. */
  readonly collections?: Collections;
  /** None: a machine that has its processors to itself. */
  readonly pauses?: Pauses;
}

/**
 * What a batch costs in microseconds. Between measured sizes it is taken to grow evenly, beyond the largest in
 * proportion.
 *
 * @param size operations, at least 1
 */
export function costOfBatch({ batches }: OperationCost, size: number): number {
  let below: BatchCost = { size: 0, microseconds: 0 };
  for (const measured of batches) {
    if (measured.size >= size) {
      const share = (size - below.size) / (measured.size - below.size);
      return below.size === 0
        ? measured.microseconds
        : below.microseconds + share * (measured.microseconds - below.microseconds);
    }
    below = measured;
  }
  return (below.microseconds * size) / below.size;
}

/** What collecting garbage adds to each request on average, in microseconds. */
export function collectingPerRequest({ collections }: ServiceTimes): number {
  return collections === undefined ? 0 : meanOf(collections.microseconds) / collections.requests;
}

/** The share of the time in which a machine stands still, from 0 to 0.99. */
export function shareOfPauses({ pauses }: Pick<ServiceTimes, 'pauses'>): number {
  return pauses === undefined ? 0 : Math.min((pauses.perSecond * meanOf(pauses.microseconds)) / 1e6, 0.99);
}

/**
 * Pauses that were seen.
 *
 * @param microseconds their durations, in any order
 * @param seconds for how long somebody looked
 */
export function pausesOf(microseconds: readonly number[], seconds: number): Pauses {
  return { perSecond: microseconds.length / seconds, microseconds: quantilesOf(microseconds) };
}

/** Durations as {@link Pauses} have them. */
export function quantilesOf(microseconds: readonly number[]): number[] {
  if (microseconds.length === 0) return [0];
  const sorted = microseconds.map(Math.round).toSorted((one, other) => one - other);
  if (sorted.length <= QUANTILES) return sorted;
  return Array.from({ length: QUANTILES }, (_, index) => {
    const place = Math.floor(((index + 0.5) / QUANTILES) * sorted.length);
    return sorted[place] ?? 0;
  });
}

/** Enough for the rare long one to be among them. */
const QUANTILES = 1000;

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

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

/** What a machine needs for the work of a key server, measured on one of its kind. Times are in microseconds. */
export interface ServiceTimes {
  /** A turn of the event loop that moves anything at all: to wake up, to read, to write. */
  readonly turn: number;
  /** Each request beside that: to decode it, to encode its answer. */
  readonly request: number;
  /** To hand a batch to a worker thread and to take back the answers. */
  readonly handover: number;
  /** From the client and back when nothing else is going on, besides the server's turn: kernel, network, wake-ups. */
  readonly floor: number;
  /** What the way to a sleeping worker thread and back adds to that. */
  readonly hop: number;
  readonly operations: Readonly<Partial<Record<KeyType, OperationCost>>>;
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

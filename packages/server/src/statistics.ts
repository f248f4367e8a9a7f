import type { Denial } from './operations/failure.js';

/** How often something was asked for, by how it ended. */
export interface OutcomeCounts {
  succeeded: number;
  failed: number;
}

/** What a key server has done since it was made. Plain data: it can be sent to another process. */
export interface KeyServerStatistics {
  /** Operations with a private key that were performed. */
  readonly privateKeyOperations: number;
  /**
   * Requests that were answered, by operation: the signature scheme, or `decrypt_block`, `ping`, `seal` and so on;
   * `unreadable` are those that do not say one.
   */
  readonly operations: Readonly<Record<string, Readonly<OutcomeCounts>>>;
  /** Of the requests that failed, those that the policy refused, by its reason. */
  readonly denials: Readonly<Record<Denial, number>>;
  readonly connections: {
    readonly open: number;
    /** Of the edges that were let in. */
    readonly accepted: number;
    /** Of those that were let in, how many broke off. */
    readonly broken: number;
    /** Connections that did not get through the handshake, by the reason's code. */
    readonly refused: Readonly<Record<string, number>>;
    /** How often nobody was let in for a moment, as too many had come; they waited. */
    readonly pauses: number;
  };
  /** Private-key operations that wait for a worker or a key store. */
  readonly queued: number;
  /** How many of them wait where: in a lane of this process or for the key store of that name. */
  readonly lanes: readonly { readonly lane: string; readonly queued: number }[];
  /** Threads that perform private-key operations. */
  readonly workers: number;
  readonly keys: number;
  /** Requests with a private-key operation that wait for their answer. */
  readonly inFlight: number;
  /** How often keys, certificates and policy were loaded again; when that failed, what was there before stayed. */
  readonly reloads: Readonly<OutcomeCounts>;
  /** None: no record is kept. */
  readonly auditLog?: {
    /** False while lines cannot be written. */
    readonly healthy: boolean;
    /** How many bytes are not on the disk yet. */
    readonly bufferedLength: number;
  };
}

/** The statistics of several processes of one key server as one. Reloads and keys are those of all, not each's. */
export function addStatistics(all: readonly KeyServerStatistics[]): KeyServerStatistics {
  const sum = (valueOf: (statistics: KeyServerStatistics) => number): number =>
    all.reduce((total, statistics) => total + valueOf(statistics), 0);
  const most = (valueOf: (statistics: KeyServerStatistics) => number): number =>
    Math.max(0, ...all.map(valueOf));
  const denials = (reason: Denial): number => sum((statistics) => statistics.denials[reason]);
  const auditLogs = all.flatMap(({ auditLog }) => auditLog ?? []);
  return {
    privateKeyOperations: sum(({ privateKeyOperations }) => privateKeyOperations),
    operations: addOutcomes(all.map(({ operations }) => operations)),
    denials: {
      not_allowed: denials('not_allowed'),
      denied: denials('denied'),
      rate_limited: denials('rate_limited'),
    },
    connections: {
      open: sum(({ connections }) => connections.open),
      accepted: sum(({ connections }) => connections.accepted),
      broken: sum(({ connections }) => connections.broken),
      refused: addCounts(all.map(({ connections }) => Object.entries(connections.refused))),
      pauses: sum(({ connections }) => connections.pauses),
    },
    queued: sum(({ queued }) => queued),
    lanes: Object.entries(
      addCounts(all.map(({ lanes }) => lanes.map(({ lane, queued }) => [lane, queued] as const))),
    ).map(([lane, queued]) => ({ lane, queued })),
    workers: sum(({ workers }) => workers),
    keys: most(({ keys }) => keys),
    inFlight: sum(({ inFlight }) => inFlight),
    reloads: {
      succeeded: most(({ reloads }) => reloads.succeeded),
      failed: most(({ reloads }) => reloads.failed),
    },
    ...(auditLogs.length > 0 && {
      auditLog: {
        healthy: auditLogs.every(({ healthy }) => healthy),
        bufferedLength: auditLogs.reduce((total, { bufferedLength }) => total + bufferedLength, 0),
      },
    }),
  };
}

function addOutcomes(all: readonly KeyServerStatistics['operations'][]): Record<string, OutcomeCounts> {
  const total: Record<string, OutcomeCounts> = {};
  for (const [name, { succeeded, failed }] of all.flatMap((counts) => Object.entries(counts))) {
    const counts = (total[name] ??= { succeeded: 0, failed: 0 });
    counts.succeeded += succeeded;
    counts.failed += failed;
  }
  return total;
}

function addCounts(all: readonly (readonly (readonly [string, number])[])[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [name, count] of all.flat()) total[name] = (total[name] ?? 0) + count;
  return total;
}

/** Counts what a key server does. */
export class Counters {
  privateKeyOperations = 0;
  accepted = 0;
  broken = 0;
  pauses = 0;
  readonly reloads: OutcomeCounts = { succeeded: 0, failed: 0 };
  readonly denials: Record<Denial, number> = { not_allowed: 0, denied: 0, rate_limited: 0 };
  readonly #operations = new Map<string, OutcomeCounts>();
  readonly #refused = new Map<string, number>();

  countAnswer(operation: string, outcome: keyof OutcomeCounts): void {
    let counts = this.#operations.get(operation);
    if (counts === undefined) {
      counts = { succeeded: 0, failed: 0 };
      this.#operations.set(operation, counts);
    }
    counts[outcome] += 1;
  }

  /** @param code the reason; those that come after the first {@link MAXIMUM_REASONS} count as `OTHER` */
  countRefusal(code: string): void {
    const reason = this.#refused.has(code) || this.#refused.size < MAXIMUM_REASONS ? code : 'OTHER';
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
  }

  snapshot(): Pick<KeyServerStatistics, 'privateKeyOperations' | 'operations' | 'denials' | 'reloads'> & {
    readonly connections: Omit<KeyServerStatistics['connections'], 'open'>;
  } {
    const { privateKeyOperations, accepted, broken, pauses } = this;
    const denials = { ...this.denials };
    const reloads = { ...this.reloads };
    const operations = Object.fromEntries(
      [...this.#operations].map(([name, counts]) => [name, { ...counts }]),
    );
    const refused = Object.fromEntries(this.#refused);
    const connections = { accepted, broken, refused, pauses };
    return { privateKeyOperations, connections, operations, denials, reloads };
  }
}

/** Whoever can connect can fail in many ways, and each is a series of a metric. */
const MAXIMUM_REASONS = 32;

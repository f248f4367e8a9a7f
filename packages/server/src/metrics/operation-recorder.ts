import type { ErrorCode } from '@latchkey/codec/kssl1';
import { type DoublingBuckets, DoublingHistogram, RecentDurations } from '@latchkey/metrics';
import { isSignature, type OperationType, operationTypeOf } from './field-labels.js';

/** When what happened to an operation; in milliseconds on the clock of `performance.now()`. */
export interface OperationTimes {
  readonly arrivedAt: number;
  /** When it was given to a worker or key store; absent if it never was. */
  readonly begunAt?: number | undefined;
  /** When they had its answer; absent if they had none before its time was up. */
  readonly answeredAt?: number | undefined;
}

/** How long operations of one type took. */
export interface TypeDurations {
  /** From arrival to when a worker or key store began it. */
  readonly waiting: DoublingHistogram;
  /** From there to the answer: for as long as the batch took that it was part of. */
  readonly computing: DoublingHistogram;
  /** From the answer to when it was handed to the connection's socket. */
  readonly writing: DoublingHistogram;
  /** From arrival to when the answer was handed to the socket. */
  readonly total: DoublingHistogram;
}

/** How long operations of one type that ended in one way took, as the field counts it. */
export interface OutcomeDurations {
  readonly type: OperationType;
  /** Undefined for operations that were performed. */
  readonly error: ErrorCode | undefined;
  /** The computing; 0 for what was refused before. */
  readonly execution: DoublingHistogram;
  readonly total: DoublingHistogram;
}

/**
 * Takes down how long operations take. For the path that answers edges: recording an operation costs a quarter of a
 * microsecond, and what is held grows with the kinds of operations, not with their number.
 */
export class OperationRecorder {
  /** Of all signatures that were made, from arrival to handing over. */
  readonly signatures = new RecentDurations();
  #signatureCount = 0;
  #signatureSeconds = 0;
  readonly #series = new Map<string, NameSeries>();
  readonly #byType = new Map<OperationType, TypeDurations>();
  readonly #outcomes = new Map<string, OutcomeDurations>();

  /**
   * Records an operation whose answer has been handed to its connection's socket.
   *
   * @param name the signature scheme or the operation's type; `unreadable` for a request that does not say one
   * @param error none for an operation that was performed
   * @param writtenAt when it was handed over, on the clock of {@link OperationTimes}
   */
  record(name: string, error: ErrorCode | undefined, times: OperationTimes, writtenAt: number): void {
    const { arrivedAt, begunAt, answeredAt = writtenAt } = times;
    const series = this.#seriesOf(name);
    const outcome = this.#outcomeOf(series, error);
    const total = (writtenAt - arrivedAt) / MILLISECONDS;
    const computing = begunAt === undefined ? 0 : (answeredAt - begunAt) / MILLISECONDS;
    outcome.execution.record(computing);
    outcome.total.record(total);
    if (begunAt !== undefined) {
      series.durations.waiting.record((begunAt - arrivedAt) / MILLISECONDS);
      series.durations.computing.record(computing);
    }
    series.durations.writing.record((writtenAt - answeredAt) / MILLISECONDS);
    series.durations.total.record(total);
    if (series.isSignature && error === undefined) {
      this.signatures.record(total, writtenAt);
      this.#signatureCount += 1;
      this.#signatureSeconds += total;
    }
  }

  /**
   * Records an operation that was answered in the turn of the event loop in which it came: that took no time worth a look
   * at the clock.
   *
   * @param name as in {@link record}
   * @param error as in {@link record}
   */
  recordAtOnce(name: string, error: ErrorCode | undefined): void {
    const series = this.#seriesOf(name);
    const outcome = this.#outcomeOf(series, error);
    outcome.execution.record(0);
    outcome.total.record(0);
    series.durations.total.record(0);
  }

  /** Signatures made since the start, and how long they took in all. */
  get signatureTotals(): { readonly count: number; readonly seconds: number } {
    return { count: this.#signatureCount, seconds: this.#signatureSeconds };
  }

  get byType(): ReadonlyMap<OperationType, TypeDurations> {
    return this.#byType;
  }

  get outcomes(): Iterable<OutcomeDurations> {
    return this.#outcomes.values();
  }

  #seriesOf(name: string): NameSeries {
    let series = this.#series.get(name);
    if (series === undefined) {
      const type = operationTypeOf(name);
      series = { type, isSignature: isSignature(name), durations: this.#durationsOf(type), outcomes: [] };
      this.#series.set(name, series);
    }
    return series;
  }

  #durationsOf(type: OperationType): TypeDurations {
    let durations = this.#byType.get(type);
    if (durations === undefined) {
      durations = {
        waiting: new DoublingHistogram(DURATION_BUCKETS),
        computing: new DoublingHistogram(DURATION_BUCKETS),
        writing: new DoublingHistogram(DURATION_BUCKETS),
        total: new DoublingHistogram(DURATION_BUCKETS),
      };
      this.#byType.set(type, durations);
    }
    return durations;
  }

  #outcomeOf(series: NameSeries, error: ErrorCode | undefined): OutcomeDurations {
    const known = series.outcomes[error ?? 0];
    if (known !== undefined) return known;
    const key = `${series.type} ${error ?? 0}`;
    const outcome = this.#outcomes.get(key) ?? {
      type: series.type,
      error,
      execution: new DoublingHistogram(DURATION_BUCKETS),
      total: new DoublingHistogram(DURATION_BUCKETS),
    };
    this.#outcomes.set(key, outcome);
    series.outcomes[error ?? 0] = outcome;
    return outcome;
  }
}

/**
 * In seconds: 12.5 us to 13 s. From the fourth on they are the field's, which ends at 1.6 s and cannot see what takes
 * longer.
 */
export const DURATION_BUCKETS: DoublingBuckets = { firstBound: 12.5e-6, count: 21 };

const MILLISECONDS = 1000;

/** Where an operation of one name is counted, found by one look into a map. */
interface NameSeries {
  readonly type: OperationType;
  readonly isSignature: boolean;
  readonly durations: TypeDurations;
  /** By error code, 0 for none. */
  readonly outcomes: OutcomeDurations[];
}

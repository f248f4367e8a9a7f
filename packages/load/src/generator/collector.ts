import { LatencyHistogram } from '../histogram.js';

/** In milliseconds: what happens in less says nothing. */
const SHORTEST_INTERVAL = 100;

/** What happened between two reports. */
export interface IntervalReport {
  /** When it ended, in seconds since the measurement began. */
  readonly at: number;
  readonly seconds: number;
  readonly performed: number;
  readonly failed: number;
  /** Latencies of what was performed, to two digits, as {@link LatencyHistogram} writes them. */
  readonly latencies: string;
}

/**
 * Counts what a load generator hears while it measures: the requests that were due between the beginning and the end.
 * All times are in milliseconds of one clock.
 */
export class Collector {
  /** Of each label, from when a request was due to its answer. */
  readonly latencies: ReadonlyMap<string, LatencyHistogram>;
  /** Of what a request goes through one after the other. */
  readonly phases: ReadonlyMap<string, LatencyHistogram>;
  /** How long requests waited in this process before they were sent although there was room: the generator's own fault. */
  readonly lateness = new LatencyHistogram();
  readonly failures = new Map<string, number>();
  /** Since the beginning, warming up included: whether anything happened can be seen by it. */
  total = 0;
  /** Requests that were due, answered or not. */
  due = 0;
  /** Answers that came while it was measured. */
  answered = 0;
  #begin = Infinity;
  #end = Infinity;
  #intervalBegin = 0;
  #intervalPerformed = 0;
  #intervalFailed = 0;
  /** Of two digits: it is written while it is measured, and what is due meanwhile is late. */
  readonly #interval = new LatencyHistogram(2);
  readonly #byLabel: readonly LatencyHistogram[];

  /** @param labels of the kinds of requests, @param phases of each request, in their order */
  constructor(labels: readonly string[], phases: readonly string[] = []) {
    this.latencies = new Map(labels.map((label) => [label, new LatencyHistogram()]));
    this.phases = new Map(phases.map((phase) => [phase, new LatencyHistogram()]));
    this.#byLabel = [...this.latencies.values()];
    // The first time takes ten times as long as others.
    this.#interval.toString();
  }

  /** What is due from `begin` on and before `end` is measured; what was measured before is forgotten. */
  measure(begin: number, end: number): void {
    for (const histogram of [
      ...this.latencies.values(),
      ...this.phases.values(),
      this.lateness,
      this.#interval,
    ])
      histogram.reset();
    this.failures.clear();
    this.total = 0;
    this.due = 0;
    this.answered = 0;
    this.#begin = begin;
    this.#end = end;
    this.#intervalBegin = begin;
  }

  /** A request was sent. */
  sent(dueAt: number, lateness: number): void {
    if (!this.#isMeasured(dueAt)) return;
    this.due += 1;
    this.lateness.record(lateness);
  }

  /** A request was answered rightly, as far as one can see at once. */
  performed(label: number, dueAt: number, answeredAt: number): void {
    this.total += 1;
    if (answeredAt >= this.#begin && answeredAt < this.#end) {
      this.answered += 1;
      this.#intervalPerformed += 1;
    }
    if (!this.#isMeasured(dueAt)) return;
    this.#byLabel[label]?.record(answeredAt - dueAt);
    this.#interval.record(answeredAt - dueAt);
  }

  /** A request has failed: it counts as an error and as nothing else. */
  failed(reason: string, dueAt: number): void {
    this.total += 1;
    if (!this.#isMeasured(dueAt)) return;
    this.#intervalFailed += 1;
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
  }

  /** A phase of a request that was due then took so long. */
  phase(name: string, dueAt: number, milliseconds: number): void {
    if (this.#isMeasured(dueAt)) this.phases.get(name)?.record(milliseconds);
  }

  /** What happened since the last time; undefined while nothing is measured. */
  takeInterval(now: number): IntervalReport | undefined {
    if (now - this.#intervalBegin < SHORTEST_INTERVAL || this.#begin === Infinity) return undefined;
    const report = {
      at: (now - this.#begin) / 1000,
      seconds: (now - this.#intervalBegin) / 1000,
      performed: this.#intervalPerformed,
      failed: this.#intervalFailed,
      latencies: this.#interval.toString(),
    };
    this.#intervalBegin = now;
    this.#intervalPerformed = 0;
    this.#intervalFailed = 0;
    this.#interval.reset();
    return report;
  }

  #isMeasured(dueAt: number): boolean {
    return dueAt >= this.#begin && dueAt < this.#end;
  }
}

import { LatencyHistogram } from '../histogram.js';
import type { IntervalReport } from './collector.js';
import type { Collection, Findings } from './messages.js';
import type { GeneratorOrder } from './order.js';

/** What load generators measured. Times are in milliseconds, histograms in the text form of {@link LatencyHistogram}. */
export interface GeneratorResult {
  /** Answers per second: of what was performed rightly, errors apart. */
  readonly rate: number;
  readonly performed: number;
  /** How many failed, by reason. */
  readonly failures: Readonly<Record<string, number>>;
  readonly failed: number;
  /**
   * Answers and failures from the word to begin until nothing was under way any more, warming up included: what the CPU time
   * between `onBegin` and `onEnd` was spent on.
   */
  readonly total: number;
  /** Of all, from when a request was due to its answer. */
  readonly latency: LatencySummary;
  /** The same by kind of request. */
  readonly kinds: Readonly<Record<string, LatencySummary>>;
  /** What a request goes through, one after the other. */
  readonly phases: Readonly<Record<string, LatencySummary>>;
  readonly timeline: readonly TimelinePoint[];
  /** Answers that were looked at and were right. */
  readonly verified: number;
  /** What was agreed upon with the server. */
  readonly protocol: string;
  readonly generator: GeneratorLoad;
}

/** A distribution of times in milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly maximum: number;
  readonly histogram: string;
}

/** How it went during half a second or so. */
export interface TimelinePoint {
  /** Seconds since the measurement began. */
  readonly at: number;
  readonly rate: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

/** What the generators themselves did. */
export interface GeneratorLoad {
  readonly processes: number;
  /** The share of a processor that each worked, from 0 to 1; what was spent awake only to be in time is not in it. */
  readonly busy: number;
  /** CPU time of all in microseconds for each request. */
  readonly cpuPerRequest: number;
  /** The 99th percentile of how much too late they sent, in milliseconds. */
  readonly latenessP99: number;
  /** When the first of them began, in milliseconds of the clock that all processes of a machine have in common (`process.hrtime`). */
  readonly beganAt: number;
  /** When they stood still to collect garbage, warming up included. */
  readonly collections: readonly Collection[];
  /** Why the result says more of them than of the server; none: it does not. */
  readonly bottleneck?: string;
}

/** Puts together what the processes of a measurement found. */
export function resultOf(
  order: GeneratorOrder,
  findings: readonly Findings[],
  intervals: readonly (readonly IntervalReport[])[],
): GeneratorResult {
  const kinds = mergeAll(findings.map(({ latencies }) => latencies));
  const phases = mergeAll(findings.map((found) => found.phases));
  const all = new LatencyHistogram();
  for (const histogram of kinds.values()) all.merge(histogram);
  const failures: Record<string, number> = {};
  for (const [reason, count] of findings.flatMap((found) => Object.entries(found.failures)))
    failures[reason] = (failures[reason] ?? 0) + count;
  const latency = summaryOf(all);
  const total = sum(findings.map((found) => found.total));
  return {
    rate: sum(findings.map(({ answered }) => answered)) / order.seconds,
    performed: latency.count,
    failures,
    failed: sum(Object.values(failures)),
    total,
    latency,
    kinds: summariesOf(kinds),
    phases: summariesOf(phases),
    timeline: timelineOf(intervals),
    verified: sum(findings.map(({ verified }) => verified)),
    protocol: findings[0]?.protocol ?? '',
    generator: loadOf(order, findings, latency, total),
  };
}

/** Percentiles of a distribution, with the whole of it. */
export function summaryOf(histogram: LatencyHistogram): LatencySummary {
  return {
    count: histogram.count,
    mean: histogram.mean,
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p99: histogram.percentile(99),
    p999: histogram.percentile(99.9),
    maximum: histogram.maximum,
    histogram: histogram.toString(),
  };
}

/** Of a processor: who works more has no time to be in time. */
const BUSY_LIMIT = 0.9;
/** Of the latency: what the generator may have to do with its 99th percentile. */
const LATENESS_LIMIT = 0.5;
/** Of the rate that was asked for. */
const FEWEST_SENT = 0.98;

function loadOf(
  { pace, seconds }: GeneratorOrder,
  findings: readonly Findings[],
  latency: LatencySummary,
  total: number,
): GeneratorLoad {
  const late = new LatencyHistogram();
  for (const { lateness } of findings) late.merge(LatencyHistogram.parse(lateness));
  const work = findings.map(({ cpu, wall }) => Math.max(0, cpu.user + cpu.system - cpu.spinning) / wall);
  const busy = Math.max(...work);
  const latenessP99 = late.percentile(99);
  const due = sum(findings.map((found) => found.due));
  const expected = pace.type === 'open_loop' ? pace.rate * seconds : 0;
  const bottleneck =
    busy > BUSY_LIMIT
      ? `the generator was busy for ${Math.round(busy * 100)} % of the time: it cannot do more`
      : latenessP99 > latency.p99 * LATENESS_LIMIT
        ? `the generator was late itself: 1 % of the requests by more than ${latenessP99.toPrecision(3)} ms`
        : due < expected * FEWEST_SENT - 3 * Math.sqrt(expected)
          ? `of ${Math.round(expected)} requests that were due the generator sent ${due}`
          : undefined;
  return {
    processes: findings.length,
    busy,
    cpuPerRequest:
      (sum(findings.map(({ cpu }) => cpu.user + cpu.system - cpu.spinning)) * 1000) / Math.max(total, 1),
    latenessP99,
    beganAt: Math.min(...findings.map(({ beganAt }) => beganAt)),
    collections: findings.flatMap(({ collections }) => collections),
    ...(bottleneck !== undefined && { bottleneck }),
  };
}

function timelineOf(intervals: readonly (readonly IntervalReport[])[]): TimelinePoint[] {
  const [first = [], ...others] = intervals;
  return first.map((point, index) => {
    const together = [point, ...others.flatMap((each) => each[index] ?? [])];
    return pointOf(together);
  });
}

/** What several processes report of the same time. */
export function pointOf(together: readonly IntervalReport[]): TimelinePoint {
  const latencies = new LatencyHistogram(2);
  for (const interval of together) latencies.merge(LatencyHistogram.parse(interval.latencies, 2));
  return {
    at: together[0]?.at ?? 0,
    rate: sum(together.map(({ performed, seconds }) => performed / seconds)),
    failed: sum(together.map(({ failed }) => failed)),
    p50: latencies.percentile(50),
    p99: latencies.percentile(99),
  };
}

function mergeAll(texts: readonly Readonly<Record<string, string>>[]): Map<string, LatencyHistogram> {
  const merged = new Map<string, LatencyHistogram>();
  for (const [name, text] of texts.flatMap((each) => Object.entries(each))) {
    const histogram = merged.get(name) ?? new LatencyHistogram();
    histogram.merge(LatencyHistogram.parse(text));
    merged.set(name, histogram);
  }
  return merged;
}

function summariesOf(histograms: ReadonlyMap<string, LatencyHistogram>): Record<string, LatencySummary> {
  return Object.fromEntries(
    [...histograms].flatMap(([name, histogram]) =>
      histogram.count === 0 ? [] : [[name, summaryOf(histogram)]],
    ),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

import { type LatencyHistogram, type Spread, spreadOf } from '@latchkey/load';
import type { Pause } from '@latchkey/plan';

/** Of latencies, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
}

export function percentilesOf(latencies: LatencyHistogram): Percentiles {
  return {
    p50: latencies.percentile(50),
    p90: latencies.percentile(90),
    p99: latencies.percentile(99),
    p999: latencies.percentile(99.9),
  };
}

/** What was predicted, or found, of a key server. */
export interface Prediction {
  readonly latency: Percentiles;
  /** The share of its processor's time that it used, of what pauses left of it. */
  readonly busy: number;
}

/** What was measured, and predicted for the pauses that there were meanwhile. */
export interface Repeat {
  readonly measured: Prediction;
  readonly predicted: Prediction;
  /** Of both ends, garbage collected by the load generator included, in microseconds since the beginning. */
  readonly pauses: { readonly server: readonly Pause[]; readonly edges: readonly Pause[] };
  /** How long the server collected garbage each time, in microseconds: the prediction has its own, from the calibration. */
  readonly collections: readonly number[];
  /** The share of the time in which the server's processor stood still. */
  readonly away: number;
  /** CPU time that an operation took the load generator, in microseconds. */
  readonly edgeWork: number;
  /** Of the load generator: the 99th percentile of how much too late it sent, in milliseconds. */
  readonly latenessP99: number;
}

/** One load of one kind of operation. */
export interface Comparison {
  readonly keyType: string;
  /** Of the top rate, from 0 to 1. */
  readonly load: number;
  /** Operations per second. */
  readonly rate: number;
  /** With pauses as the calibration saw them. */
  readonly foretold: Prediction;
  readonly repeats: readonly Repeat[];
}

/** As a Markdown table: each figure is the median (lowest..highest) of the repeats, ratios too. */
export function formatComparisons(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ keyType, load, rate, foretold, repeats }) => {
    const spread = (pick: (repeat: Repeat) => number) => formatSpread(spreadOf(repeats.map(pick)));
    return [
      keyType,
      `${load * 100} %`,
      String(Math.round(rate)),
      spread(({ predicted }) => predicted.busy * 100),
      spread(({ measured }) => measured.busy * 100),
      spread(({ predicted }) => predicted.latency.p50),
      spread(({ measured }) => measured.latency.p50),
      foretold.latency.p99.toPrecision(3),
      spread(({ predicted }) => predicted.latency.p99),
      spread(({ measured }) => measured.latency.p99),
      spread(({ predicted, measured }) => predicted.latency.p99 / measured.latency.p99),
      spread(({ away }) => 100 * away),
    ];
  });
  return [HEADINGS, HEADINGS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const HEADINGS = [
  'key',
  'load',
  'operations/s',
  'busy % predicted',
  'measured',
  'p50 ms predicted',
  'measured',
  'p99 ms foretold',
  'predicted',
  'measured',
  'predicted / measured',
  'processor away %',
];

function formatSpread({ median, lowest, highest }: Spread): string {
  return `${median.toPrecision(3)} (${lowest.toPrecision(3)}..${highest.toPrecision(3)})`;
}

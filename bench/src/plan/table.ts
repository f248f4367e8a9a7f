import { type LatencyHistogram, type Spread, spreadOf } from '@latchkey/load';
import { meanSpeed } from './meters.js';
import type { ServedLoad } from './served-load.js';

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

/** What was measured, and predicted for what became of the machine meanwhile. */
export interface Repeat extends Omit<ServedLoad, 'latencies' | 'busy'> {
  readonly measured: Prediction;
  readonly predicted: Prediction;
}

/** One load of one kind of operation. */
export interface Comparison {
  readonly keyType: string;
  /** The share of its processor that the key server was to use, from 0 to 1. */
  readonly load: number;
  /** Operations per second. */
  readonly rate: number;
  /** The share that it used at this rate in the calibration, at speed 1. */
  readonly work: number;
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
      apart(repeats.map(({ measured }) => measured.latency.p99)).toPrecision(3),
      spread(({ measured }) => foretold.latency.p99 / measured.latency.p99),
      spread(({ speeds }) => meanSpeed(speeds)),
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
  'measured: highest / lowest',
  'foretold / measured',
  'speed',
  'processor away %',
];

/** How far measurements of one load are apart: closer to them than this no prediction can be in each repeat. */
function apart(values: readonly number[]): number {
  const { lowest, highest } = spreadOf(values);
  return highest / lowest;
}

function formatSpread({ median, lowest, highest }: Spread): string {
  return `${median.toPrecision(3)} (${lowest.toPrecision(3)}..${highest.toPrecision(3)})`;
}

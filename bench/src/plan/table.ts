import type { Pauses } from '@latchkey/plan';
import { type Spread, spreadOf } from '@latchkey/load';

/** Of latencies, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** One load of one kind of operation. */
export interface Comparison {
  readonly keyType: string;
  /** Of the top rate, from 0 to 1. */
  readonly load: number;
  /** Operations per second. */
  readonly rate: number;
  readonly predicted: Percentiles;
  /** What the prediction knew of both ends. */
  readonly pauses: { readonly server: Pauses; readonly client: Pauses };
  /** Once for each repeat. */
  readonly measured: readonly Percentiles[];
}

/** As a Markdown table: what was measured is the median (lowest..highest). */
export function formatComparisons(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ keyType, load, rate, predicted, measured }) => {
    const figures = (pick: (percentiles: Percentiles) => number) => spreadOf(measured.map(pick));
    const p99 = figures((percentiles) => percentiles.p99);
    return [
      keyType,
      `${load * 100} %`,
      String(Math.round(rate)),
      predicted.p50.toPrecision(3),
      formatSpread(figures(({ p50 }) => p50)),
      predicted.p99.toPrecision(3),
      formatSpread(p99),
      (predicted.p99 / p99.median).toFixed(2),
    ];
  });
  return [HEADINGS, HEADINGS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const HEADINGS = [
  'key',
  'load',
  'operations/s',
  'p50 ms predicted',
  'measured',
  'p99 ms predicted',
  'measured',
  'predicted / measured',
];

function formatSpread({ median, lowest, highest }: Spread): string {
  return `${median.toPrecision(3)} (${lowest.toPrecision(3)}..${highest.toPrecision(3)})`;
}

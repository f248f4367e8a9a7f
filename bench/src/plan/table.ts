import { type Pauses, shareOfPauses } from '@latchkey/plan';
import { type Spread, spreadOf } from '@latchkey/load';

/** Of latencies, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** What was predicted and measured at the same time. */
export interface Repeat {
  readonly predicted: Percentiles;
  readonly measured: Percentiles;
  /** What the prediction knew of both ends. */
  readonly pauses: { readonly server: Pauses; readonly client: Pauses };
}

/** One load of one kind of operation. */
export interface Comparison {
  readonly keyType: string;
  /** Of the top rate, from 0 to 1. */
  readonly load: number;
  /** Operations per second. */
  readonly rate: number;
  readonly repeats: readonly Repeat[];
}

/** As a Markdown table: each figure is the median (lowest..highest), the ratio that of the medians before it. */
export function formatComparisons(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ keyType, load, rate, repeats }) => {
    const spread = (pick: (repeat: Repeat) => number) => spreadOf(repeats.map(pick));
    const predicted = spread((repeat) => repeat.predicted.p99);
    const measured = spread((repeat) => repeat.measured.p99);
    return [
      keyType,
      `${load * 100} %`,
      String(Math.round(rate)),
      formatSpread(spread((repeat) => repeat.predicted.p50)),
      formatSpread(spread((repeat) => repeat.measured.p50)),
      formatSpread(predicted),
      formatSpread(measured),
      (predicted.median / measured.median).toFixed(2),
      formatSpread(spread(({ pauses }) => 100 * shareOfPauses({ pauses: pauses.server }))),
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
  'processor away %',
];

function formatSpread({ median, lowest, highest }: Spread): string {
  return `${median.toPrecision(3)} (${lowest.toPrecision(3)}..${highest.toPrecision(3)})`;
}

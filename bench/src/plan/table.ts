import { spreadOf } from '@latchkey/load';

/** Of latencies, in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** What was predicted and then measured, one right after the other. */
export interface Repeat {
  readonly predicted: Percentiles;
  readonly measured: Percentiles;
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

/** As a Markdown table: each figure is the median (lowest..highest). */
export function formatComparisons(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ keyType, load, rate, repeats }) => {
    const figures = (pick: (repeat: Repeat) => number) => formatSpread(repeats.map(pick));
    return [
      keyType,
      `${load * 100} %`,
      String(Math.round(rate)),
      figures(({ predicted }) => predicted.p50),
      figures(({ measured }) => measured.p50),
      figures(({ predicted }) => predicted.p99),
      figures(({ measured }) => measured.p99),
      figures(({ predicted, measured }) => predicted.p99 / measured.p99),
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

function formatSpread(values: readonly number[]): string {
  const { median, lowest, highest } = spreadOf(values);
  return `${median.toPrecision(3)} (${lowest.toPrecision(3)}..${highest.toPrecision(3)})`;
}

import { LatencyHistogram, spreadOf } from '@latchkey/load';
import { meanSpeed } from './meters.js';
import type { ComparedSlice, Outcome } from './prediction.js';

/** One load of one kind of operation. */
export interface Comparison {
  readonly keyType: string;
  /** The share of its processor that the key server was to use, from 0 to 1. */
  readonly load: number;
  readonly slices: readonly ComparedSlice[];
}

/**
 * As a Markdown table. Latencies are those of all slices together; in brackets stand the lowest and the highest of their thirds, each
 * of which is every third slice.
 */
export function formatComparisons(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ keyType, load, slices }) => {
    const parts = [0, 1, 2].map((part) => slices.filter((_, index) => index % 3 === part));
    const spread = (pick: Figure) => {
      const { lowest, highest } = spreadOf(parts.filter((part) => part.length > 0).map(pick));
      return `${pick(slices).toPrecision(3)} (${lowest.toPrecision(3)}..${highest.toPrecision(3)})`;
    };
    return [
      keyType,
      `${load * 100} %`,
      mean(({ slice }) => slice.asked.rate)(slices).toFixed(),
      spread(mean(({ foretold }) => foretold.busy * 100)),
      spread(mean(({ measured }) => measured.busy * 100)),
      latency('predicted', 50)(slices).toPrecision(3),
      latency('measured', 50)(slices).toPrecision(3),
      spread(latency('foretold', 99)),
      spread(latency('predicted', 99)),
      spread(latency('measured', 99)),
      spread(ratio('predicted', 99)),
      spread(ratio('foretold', 99)),
      spread(mean(({ slice }) => meanSpeed(slice.served.speeds))),
      spread(mean(({ slice }) => 100 * slice.served.away)),
      spread(mean(({ slice }) => 100 * slice.served.metering)),
    ];
  });
  return [HEADINGS, HEADINGS.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const HEADINGS = [
  'key',
  'load',
  'operations/s',
  'busy % foretold',
  'measured',
  'p50 ms predicted',
  'measured',
  'p99 ms foretold',
  'predicted',
  'measured',
  'predicted / measured',
  'foretold / measured',
  'speed',
  'processor away %',
  'meter %',
];

type Who = 'foretold' | 'predicted' | 'measured';

type Figure = (slices: readonly ComparedSlice[]) => number;

function mean(pick: (slice: ComparedSlice) => number): Figure {
  return (slices) => slices.reduce((sum, slice) => sum + pick(slice), 0) / slices.length;
}

function latency(who: Who, percentile: number): Figure {
  return (slices) => percentileOf(slices, who, percentile);
}

function ratio(who: Who, percentile: number): Figure {
  return (slices) => percentileOf(slices, who, percentile) / percentileOf(slices, 'measured', percentile);
}

function percentileOf(slices: readonly ComparedSlice[], who: Who, percentile: number): number {
  const together = new LatencyHistogram();
  for (const slice of slices) together.merge((slice[who] satisfies Outcome).latencies);
  return together.percentile(percentile);
}

import { spreadOf } from '@latchkey/load';
import { formatNumber } from '../progress.js';
import type { ComparedResult } from './compare.js';

/** A table fit for a comment on a pull request. */
export function formatMarkdown(base: string, candidate: string, results: readonly ComparedResult[]): string {
  const slower = results.filter(({ verdict }) => verdict === 'slower');
  const heading =
    slower.length === 0 ? '**No slowdown.**' : `**Slower: ${slower.map(({ title }) => title).join(', ')}.**`;
  return [
    `${heading} CPU time for each, ${candidate} beside ${base}:`,
    '',
    '| | base µs | candidate µs | change | 95 % confidence | fails over | |',
    '| --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...results.map(rowOf),
    '',
  ].join('\n');
}

const MARKS = { slower: '🔴 slower', faster: '🟢 faster', same: 'same' } as const;

function rowOf({ title, base, candidate, comparison, threshold, verdict }: ComparedResult): string {
  const { ratio, lowest, highest } = comparison;
  const cells = [
    title,
    formatNumber(spreadOf(base).median),
    formatNumber(spreadOf(candidate).median),
    formatChange(ratio),
    `${formatChange(lowest)} to ${formatChange(highest)}`,
    formatChange(1 + threshold),
    MARKS[verdict],
  ];
  return `| ${cells.join(' | ')} |`;
}

function formatChange(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
}

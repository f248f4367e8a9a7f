import { type Measurement, type Spread, spreadOf } from '@latchkey/load';
import { formatTable } from '../server/table.js';

/** The whole of a report as text, a table for each group. */
export function formatSuite(measurements: readonly Measurement[]): string {
  const groups = [...new Set(measurements.map(({ group }) => group))];
  return groups
    .map((group) => {
      const rows = measurements.filter((each) => each.group === group);
      const hasBaseline = rows.some(({ baseline }) => baseline !== undefined);
      const header = ['', 'per second', 'p50 ms', 'p99 ms', 'errors', 'server CPU us'];
      if (hasBaseline) header.push('baseline CPU us', 'ratio', '');
      return `${group}\n${formatTable(header, rows.map(formatRow))}`;
    })
    .join('\n\n');
}

function formatRow({ title, result, refusal, note, server, baseline }: Measurement): string[] {
  const figures =
    result === undefined
      ? ['no result', '', '', '']
      : [result.rate, result.latency.p50, result.latency.p99].map(formatNumber).concat(String(result.failed));
  const cost = server === undefined ? '' : formatSpread(spreadOf(server.cpuPerOperation));
  const beside =
    baseline === undefined
      ? []
      : [
          formatSpread(spreadOf(baseline.cpuPerOperation)),
          formatSpread(baseline.ratio),
          `to ${baseline.title}`,
        ];
  return [title, ...figures, cost, ...beside, ...[refusal ?? note ?? []].flat()];
}

function formatSpread({ median, lowest, highest }: Spread): string {
  return `${formatNumber(median)} (${formatNumber(lowest)}..${formatNumber(highest)})`;
}

/** Three digits that matter. */
function formatNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

import { formatTable } from '../server/table.js';
import type { Spread } from '@latchkey/load';
import type { CaseReport } from './benchmark.js';

/** What an edge may cost at most, as a multiple of what Node's own server costs. */
export const BAR = 1.1;

/** Sets a report as text. */
export function formatReport(cases: readonly CaseReport[]): string {
  const table = formatTable(
    ['', "Node's own", 'edge', 'ratio', 'bar', ''],
    cases.map(({ title, node, edge, ratio }) => [
      title,
      formatSpread(node, 1),
      formatSpread(edge, 1),
      formatSpread(ratio, 2),
      `<= ${BAR}`,
      overBy(ratio.median),
    ]),
  );
  return `CPU time of the server's process for each, in microseconds\n\n${table}\n`;
}

function formatSpread({ median, lowest, highest }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${lowest.toFixed(digits)}..${highest.toFixed(digits)})`;
}

function overBy(ratio: number): string {
  return ratio <= BAR ? 'met' : `over by ${Math.ceil((ratio / BAR - 1) * 100)} %`;
}

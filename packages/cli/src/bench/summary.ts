import type { LatencySummary, Measurement } from '@latchkey/load';
import { table } from '../terminal/table.js';
import { formatNumber } from './progress.js';

/** A table of one measurement: all, each kind, and the phases; then errors and what generator and server did. */
export function formatMeasurement({ result, server, refusal }: Measurement): string {
  if (result === undefined) return `${refusal ?? 'not measured'}\n`;
  const { latency, kinds, phases, rate, failures, generator, verified, protocol } = result;
  const several = Object.entries(kinds).filter((_kind, _index, all) => all.length > 1);
  const rows = [
    row('all', latency),
    ...several.map(([name, summary]) => row(name, summary)),
    ...Object.entries(phases).map(([name, summary]) => row(`  ${name}`, summary)),
  ];
  const headings = ['count', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'longest ms'];
  const columns = headings.map((heading) => ({ heading, alignment: 'right' as const }));
  const errors = Object.entries(failures).map(([reason, count]) => `errors: ${count} x ${reason}`);
  return [
    `${formatNumber(rate)} per second; ${protocol}`,
    '',
    ...table([{ heading: '' }, ...columns], rows),
    '',
    ...(errors.length > 0 ? errors : ['no errors']),
    ...(verified > 0 ? [`${verified} answers were verified`] : []),
    `generator: ${Math.round(generator.busy * 100)} % busy, ${formatNumber(generator.cpuPerRequest)} us of CPU for each, ` +
      `1 % sent more than ${formatNumber(generator.latenessP99)} ms late`,
    ...(server === undefined
      ? []
      : [`server: ${formatNumber(server.cpuPerOperation[0] ?? 0)} us of CPU for each`]),
    '',
  ].join('\n');
}

function row(name: string, { count, p50, p90, p99, p999, maximum }: LatencySummary): string[] {
  return [name, String(count), ...[p50, p90, p99, p999, maximum].map(formatNumber)];
}

import type { Spread } from '@latchkey/load';
import type { OperationReport } from './report.js';

/** Sets a report as text: rates and what they cost, the comparison with `openssl speed`, and latencies at half load. */
export function formatReport(operations: readonly OperationReport[]): string {
  const sections = [
    'Top rate (closed loop): operations per second, CPU time for each in microseconds, and how busy that kept the processors',
    formatTable(
      ['', 'operations/s', 'server CPU us', 'client CPU us', 'server busy', 'client busy'],
      operations.map(({ title, rate, serverCpu, clientCpu }) => [
        title,
        formatSpread(rate),
        formatSpread(serverCpu),
        formatSpread(clientCpu),
        formatShare(rate.median * serverCpu.median),
        formatShare(rate.median * clientCpu.median),
      ]),
    ),
    'Ratio to `openssl speed` of the same operation on the same processor, by rate (which the bar is for) and by CPU time',
    formatTable(
      ['', 'openssl/s', 'openssl CPU us', 'ratio', 'by CPU time', 'bar', ''],
      operations.flatMap(({ title, comparison }) => {
        if (comparison === undefined) return [];
        const { opensslRate, opensslCpu, ratio, cpuRatio, bar } = comparison;
        const figures = [opensslRate, opensslCpu, ratio, cpuRatio].map(formatSpread);
        return [[title, ...figures, `>= ${bar}`, shortBy(ratio.median / bar)]];
      }),
    ),
    'At half of the top rate (open loop): milliseconds from when a request was due to its answer',
    formatTable(
      ['', 'operations/s', 'p50 ms', 'p99 ms', 'bar', ''],
      operations.map(({ title, halfRate, p50, p99, p99Bar }) => [
        title,
        ...[halfRate, p50, p99].map(formatSpread),
        ...(p99Bar === undefined ? ['', ''] : [`p99 < ${p99Bar}`, p99.median < p99Bar ? 'met' : 'not met']),
      ]),
    ),
    'Alone on a quiet server (one request at a time): microseconds at the median, and how much of it a ping does not take',
    formatTable(
      ['', 'ping us', 'operation us', 'over a ping us', 'bar', ''],
      operations.flatMap(({ title, alone }) => {
        if (alone === undefined) return [];
        const { ping, operation, overPing, bar } = alone;
        const figures = [ping, operation, overPing].map(formatSpread);
        return [[title, ...figures, `<= ${bar}`, overPing.median <= bar ? 'met' : 'not met']];
      }),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Columns as wide as their widest cell, two spaces between them. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Where a figure stands that should be at least 1. */
export function shortBy(share: number): string {
  return share >= 1 ? 'met' : `short by ${Math.ceil((1 - share) * 100)} %`;
}

/** The median, with the lowest and the highest. */
function formatSpread({ median, lowest, highest }: Spread): string {
  return `${formatNumber(median)} (${formatNumber(lowest)}..${formatNumber(highest)})`;
}

/** Three digits that matter. */
function formatNumber(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** @param microseconds of CPU time in a second */
function formatShare(microseconds: number): string {
  return `${Math.round(microseconds / 1e4)} %`;
}

import type { Plan, PlannedCase, Saving, Sizing } from '@latchkey/plan';
import { table } from '../terminal/table.js';
import type { Style } from '../terminal/style.js';

/** A plan as text for a terminal. */
export function formatPlan(plan: Plan, style: Style): string {
  const [best, ...others] = plan.sizings;
  const lines = [
    `At the worst moment ${number(plan.handshakes)} handshakes a second need ${number(sum(Object.values(plan.operations)))} operations: ` +
      Object.entries(plan.operations)
        .map(([keyType, rate]) => `${number(rate)} with ${keyType}`)
        .join(', '),
    '',
    ...(best === undefined ? [] : sizingLines(best, style)),
    ...others.flatMap((sizing) => ['', ...summaryLines(sizing, style)]),
    '',
    style.strong('What would save key servers'),
    ...savingsTable(plan.savings),
  ];
  return `${lines.join('\n')}\n`;
}

function sizingLines(sizing: Sizing, style: Style): string[] {
  return [
    ...summaryLines(sizing, style),
    '',
    ...sizing.cases.flatMap((one) => [
      style.strong(one.lostRegion === undefined ? 'All regions are there' : `${one.lostRegion} is lost`),
      ...caseTable(one),
      ...edgesTable(one),
      '',
    ]),
    `${number(sizing.simulated)} operations were simulated.`,
  ];
}

function summaryLines(
  { machine, counts, servers, processors, cost, caveats }: Sizing,
  style: Style,
): string[] {
  const places = counts.map(({ region, count }) => `${count} in ${region}`).join(', ');
  return [
    style.strong(`${machine}: ${servers} key servers with ${processors} processors, cost ${number(cost)}`),
    `  ${places}`,
    ...caveats.map((caveat) => `  ${style.bad('note')} ${caveat}`),
  ];
}

function caseTable({ regions }: PlannedCase): string[] {
  return table(
    [
      { heading: '  key servers' },
      { heading: 'at work', alignment: 'right' },
      { heading: 'operations/s', alignment: 'right' },
      { heading: 'busy by formula', alignment: 'right' },
      { heading: 'simulated', alignment: 'right' },
      { heading: 'p99 ms by formula', alignment: 'right' },
    ],
    regions.map(({ region, working, operations, utilisation, simulatedUtilisation, p99 }) => [
      `  ${region}`,
      String(working),
      number(operations),
      percent(utilisation),
      percent(simulatedUtilisation),
      milliseconds(p99),
    ]),
  );
}

function edgesTable({ edges }: PlannedCase): string[] {
  return table(
    [
      { heading: '  edges' },
      { heading: 'use' },
      { heading: 'way ms', alignment: 'right' },
      { heading: 'p99 ms simulated' },
      { heading: 'target' },
    ],
    edges.map(({ region, uses, roundTrip, p99ByKeyType, keepsTarget }) => [
      `  ${region}`,
      uses,
      milliseconds(roundTrip),
      p99ByKeyType.map(({ keyType, p99 }) => `${keyType} ${milliseconds(p99)}`).join(', '),
      keepsTarget ? 'kept' : 'missed',
    ]),
  );
}

function savingsTable(savings: readonly Saving[]): string[] {
  return table(
    [
      { heading: '  the sites' },
      { heading: 'operations/s', alignment: 'right' },
      { heading: 'key servers', alignment: 'right' },
      { heading: 'processors', alignment: 'right' },
    ],
    savings.map(({ title, operations, servers, processors }) => [
      `  ${title}`,
      number(operations),
      String(servers),
      String(processors),
    ]),
  );
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function milliseconds(value: number): string {
  if (value === Infinity) return 'never';
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

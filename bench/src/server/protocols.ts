import { type ProcessorPlan, type Spread, spreadOf } from '@latchkey/load';
import { type Cost, measureAlone, measureTogether } from '../protocols/measure.js';
import { PROTOCOLS } from '../protocols/wire.js';
import { measureOpenssl } from './openssl-speed.js';
import type { KeyServerSubject } from './subject.js';
import { formatSpread, formatTable, shortBy } from './table.js';

/** What a P-256 signature costs in one protocol, when many are asked for in one write. */
export interface ProtocolReport {
  readonly name: string;
  /** CPU time of the server for each, in microseconds. */
  readonly serverCpu: Spread;
  /** CPU time that `openssl speed` takes for one, divided by that, in each repeat. */
  readonly cpuRatio: Spread;
  /** The least that it should be; none: not asked for. */
  readonly bar?: number;
  /** Within the channel's TLS. */
  readonly requestBytes: number;
  readonly answerBytes: number;
  /** How long one takes that has the server to itself, in microseconds. */
  readonly alone: Spread;
  /** In each repeat, how much longer than in the first protocol. */
  readonly aloneOverFirst: Spread;
}

/** How {@link measureProtocols} measures. */
export interface ProtocolsOptions {
  readonly repeats: number;
  readonly seconds: number;
  readonly opensslSeconds: number;
  readonly processors: ProcessorPlan | undefined;
  /** Whether crypto_mb is in use: the bar is for that. */
  readonly multiBuffer: boolean;
}

/** Measures both protocols by turns in one run, since what lies between them is less than what lies between runs. */
export async function measureProtocols(
  subject: KeyServerSubject,
  { repeats, seconds, opensslSeconds, processors, multiBuffer }: ProtocolsOptions,
): Promise<readonly ProtocolReport[]> {
  const found = PROTOCOLS.map(({ name }) => ({
    name,
    costs: [] as Cost[],
    ratios: [] as number[],
    alone: [] as number[],
  }));
  for (const protocol of PROTOCOLS) await measureTogether(subject, protocol, seconds / 4);
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const openssl = await measureOpenssl('ecdsap256', opensslSeconds, processors);
    for (const [index, protocol] of PROTOCOLS.entries()) {
      const cost = await measureTogether(subject, protocol, seconds);
      found[index]?.costs.push(cost);
      found[index]?.ratios.push(openssl.cpu / cost.cpu);
      found[index]?.alone.push(await measureAlone(subject, protocol, seconds));
    }
  }
  return found.map(({ name, costs, ratios, alone }) => ({
    name,
    serverCpu: spreadOf(costs.map(({ cpu }) => cpu)),
    cpuRatio: spreadOf(ratios),
    ...(name === 'kssl2' && multiBuffer && { bar: KSSL2_BAR }),
    requestBytes: Math.round(costs[0]?.requestBytes ?? 0),
    answerBytes: Math.round(costs[0]?.answerBytes ?? 0),
    alone: spreadOf(alone),
    aloneOverFirst: spreadOf(alone.map((time, repeat) => time - (found[0]?.alone[repeat] ?? 0))),
  }));
}

/** A table of it. */
export function formatProtocols(protocols: readonly ProtocolReport[]): string {
  const rows = protocols.map((protocol) => {
    const { name, serverCpu, cpuRatio, bar, requestBytes, answerBytes, alone, aloneOverFirst } = protocol;
    return [
      name,
      formatSpread(serverCpu),
      formatSpread(cpuRatio),
      ...(bar === undefined ? ['', ''] : [`>= ${bar}`, shortBy(cpuRatio.median / bar)]),
      String(requestBytes),
      String(answerBytes),
      formatSpread(alone),
      ...(name === protocols[0]?.name
        ? ['', '']
        : [formatSpread(aloneOverFirst), aloneOverFirst.median <= ALONE_BAR ? 'met' : 'not met']),
    ];
  });
  return [
    'kssl2 beside Keyless SSL v1: P-256, 256 requests in one write, and one alone; microseconds, and bytes within TLS',
    formatTable(
      [
        ['', 'server CPU us', '`openssl speed` by CPU time', 'bar', ''],
        ['request', 'answer', 'alone us', 'more than kssl1 us', `<= ${ALONE_BAR}`],
      ].flat(),
      rows,
    ),
  ].join('\n\n');
}

/** Of kssl2 beside `openssl speed`, with crypto_mb, when requests share records (issue 6). */
const KSSL2_BAR = 3.3;

/** How many microseconds longer a signature may take alone over kssl2 (issue 6). */
const ALONE_BAR = 10;

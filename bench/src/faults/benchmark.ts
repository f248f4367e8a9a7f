import { generateLoad, type GeneratorResult, spreadOf } from '@latchkey/load';
import { formatTable } from '../server/table.js';
import { FaultyDeployment, SITE } from './deployment.js';

/** How a run is made. */
export interface FaultsOptions {
  readonly rounds: number;
  /** How long is measured, quiet and with a silent key server, in each round. */
  readonly seconds: number;
  /** Full handshakes per second. */
  readonly rate: number;
}

interface Round {
  readonly quiet: GeneratorResult;
  readonly faulty: GeneratorResult;
  /** When the edge asks a second key server, in milliseconds. */
  readonly hedgeDelay: number;
  /** Operations that went to a second key server, of 100. */
  readonly sentTwice: number;
}

/**
 * Full handshakes come in an open loop to an edge with three key servers: first all is well, then one of them falls silent at
 * the beginning of the measurement and stays so. The key servers take turns.
 */
export async function runFaultsBenchmark(options: FaultsOptions): Promise<void> {
  console.log(
    `${options.rounds} rounds of twice ${options.seconds} s at ${options.rate} full handshakes a second, P-256\n`,
  );
  const deployment = await FaultyDeployment.start();
  const rounds: Round[] = [];
  try {
    while (rounds.length < options.rounds) {
      rounds.push(await measureRound(deployment, options, rounds.length));
      console.error(`measured: round ${rounds.length}`);
    }
  } finally {
    await deployment.stop();
  }
  const bound = ({ quiet, hedgeDelay }: Round) => 2 * quiet.latency.p99 + hedgeDelay;
  const rows: [string, (round: Round) => number][] = [
    ['quiet p50 ms', ({ quiet }) => quiet.latency.p50],
    ['quiet p99 ms', ({ quiet }) => quiet.latency.p99],
    ['hedge delay ms', ({ hedgeDelay }) => hedgeDelay],
    ['one silent, p50 ms', ({ faulty }) => faulty.latency.p50],
    ['one silent, p99 ms', ({ faulty }) => faulty.latency.p99],
    ['twice the quiet p99 and the hedge delay, ms', bound],
    ['p99 by that bound', (round) => round.faulty.latency.p99 / bound(round)],
    ['operations sent twice, %', ({ sentTwice }) => sentTwice],
    ['handshakes failed, quiet', ({ quiet }) => quiet.failed],
    ['handshakes failed, one silent', ({ faulty }) => faulty.failed],
  ];
  console.log(
    formatTable(
      ['', 'median (lowest..highest)'],
      rows.map(([name, value]) => [name, format(rounds.map(value))]),
    ),
  );
}

async function measureRound(
  deployment: FaultyDeployment,
  options: FaultsOptions,
  round: number,
): Promise<Round> {
  await deployment.recovered();
  const quiet = await measure(deployment, options, round, 1);
  const before = await deployment.statistics();
  const faulty = await measure(deployment, options, round, 0, () => deployment.silence(round));
  const { operations } = await deployment.statistics();
  deployment.restore();
  const repeated = operations.hedged + operations.failedOver;
  const repeatedBefore = before.operations.hedged + before.operations.failedOver;
  return {
    quiet,
    faulty,
    hedgeDelay: before.hedgeDelays.ecdsa ?? Number.NaN,
    sentTwice: (100 * (repeated - repeatedBefore)) / (operations.sent - before.operations.sent),
  };
}

function measure(
  { edgePort }: FaultyDeployment,
  { rate, seconds }: FaultsOptions,
  seed: number,
  warmUpSeconds: number,
  onBegin?: () => void,
): Promise<GeneratorResult> {
  return generateLoad(
    {
      work: {
        type: 'handshakes',
        host: '127.0.0.1',
        port: edgePort,
        serverName: SITE,
        resumedShare: 0,
        concurrency: 1000,
      },
      pace: { type: 'open_loop', rate, arrivals: 'poisson' },
      seconds,
      warmUpSeconds,
      seed,
    },
    {
      ...(onBegin && { onBegin }),
      onBottleneck: (reason) => console.error(`take it with care: ${reason}`),
    },
  );
}

function format(values: readonly number[]): string {
  const { median, lowest, highest } = spreadOf(values);
  return `${median.toPrecision(3)} (${lowest.toPrecision(3)}..${highest.toPrecision(3)})`;
}

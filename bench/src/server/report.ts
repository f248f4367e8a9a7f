import { type Spread, spreadOf } from '@latchkey/load';
import type { AloneLatency } from './alone.js';
import type { Measurement } from './measurement.js';
import type { OpensslSpeed } from './openssl-speed.js';
import { type MeasuredOperation, P256_LATENCY_BAR } from './operations.js';

/** What was found of one operation. Of each figure: its median over the repeats and how far they lie apart. */
export interface OperationReport {
  readonly id: string;
  readonly title: string;
  /** Answers per second when the server always has work. */
  readonly rate: Spread;
  /** CPU time of the server, and of the client, for each of those, in microseconds. */
  readonly serverCpu: Spread;
  readonly clientCpu: Spread;
  /** At so many requests per second, in an open loop; times in milliseconds. */
  readonly halfRate: Spread;
  readonly p50: Spread;
  readonly p99: Spread;
  /** The 99th percentile should be below; none: not asked for. */
  readonly p99Bar?: number;
  /** What it takes alone on a quiet server; none: not measured. */
  readonly alone?: AloneReport;
  /** How many answers were verified in all repeats. */
  readonly verified: number;
  /** None for what `openssl speed` does not measure. */
  readonly comparison?: Comparison;
}

/** A request that has the key server to itself, in microseconds. */
export interface AloneReport {
  readonly ping: Spread;
  readonly operation: Spread;
  /** In each repeat, how much longer the operation took. */
  readonly overPing: Spread;
  /** The most that should be. */
  readonly bar: number;
}

/** The key server beside `openssl speed`. */
export interface Comparison {
  readonly opensslRate: Spread;
  /** In microseconds for each signature. */
  readonly opensslCpu: Spread;
  /** Of the rates, in each repeat: this is held against the bar. */
  readonly ratio: Spread;
  /** The same by CPU time, which other processes on the machine disturb less. */
  readonly cpuRatio: Spread;
  /** The least that the ratio should be. */
  readonly bar: number;
}

/** What one repeat found. */
export interface Repeat {
  readonly openssl: OpensslSpeed | undefined;
  readonly server: Measurement;
}

/** @param repeats at least one */
export function reportOn(
  operation: MeasuredOperation,
  repeats: readonly Repeat[],
  multiBuffer: boolean,
): OperationReport {
  const { id, title, signature } = operation;
  const servers = repeats.map(({ server }) => server);
  const spread = (figure: keyof Omit<Measurement, 'protocol' | 'alone'>) =>
    spreadOf(servers.map((server) => server[figure]));
  const pairs = repeats.flatMap(({ openssl, server }) =>
    openssl === undefined ? [] : [{ openssl, server }],
  );
  return {
    id,
    title,
    rate: spread('rate'),
    serverCpu: spread('serverCpu'),
    clientCpu: spread('clientCpu'),
    halfRate: spread('halfRate'),
    p50: spread('p50'),
    p99: spread('p99'),
    ...(signature?.keyAlgorithm === 'p-256' && { p99Bar: P256_LATENCY_BAR }),
    ...(signature?.aloneBar !== undefined && aloneReportOn(servers, signature.aloneBar)),
    verified: servers.reduce((sum, { verified }) => sum + verified, 0),
    ...(signature !== undefined &&
      pairs.length > 0 && {
        comparison: {
          opensslRate: spreadOf(pairs.map(({ openssl }) => openssl.rate)),
          opensslCpu: spreadOf(pairs.map(({ openssl }) => openssl.cpu)),
          ratio: spreadOf(pairs.map(({ openssl, server }) => server.rate / openssl.rate)),
          cpuRatio: spreadOf(pairs.map(({ openssl, server }) => openssl.cpu / server.serverCpu)),
          bar: multiBuffer ? signature.bars.multiBuffer : signature.bars.opensslAlone,
        },
      }),
  };
}

function aloneReportOn(servers: readonly Measurement[], bar: number): { readonly alone?: AloneReport } {
  const measured = servers.flatMap(({ alone }) => (alone === undefined ? [] : [alone]));
  if (measured.length === 0) return {};
  const microseconds = (valueOf: (latency: AloneLatency) => number) =>
    spreadOf(measured.map((latency) => valueOf(latency) * 1000));
  return {
    alone: {
      ping: microseconds(({ ping }) => ping),
      operation: microseconds(({ operation }) => operation),
      overPing: microseconds(({ ping, operation }) => operation - ping),
      bar,
    },
  };
}

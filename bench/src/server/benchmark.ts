import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { type ProcessorPlan, randomSource, takeProcessors } from '@latchkey/load';
import {
  encodeHandshakeRequests,
  encodeRequests,
  type Requests,
  VERIFIED_EVERY,
} from '@latchkey/load/operations';
import { multiBuffer, type MultiBuffer, type MultiBufferState } from '@latchkey/native';
import { CONNECTIONS, measureBoth, measureServer } from './measurement.js';
import { opensslVersion } from './openssl-speed.js';
import type { MeasuredOperation } from './operations.js';
import type { BenchmarkOptions } from './options.js';
import { formatProtocols, measureProtocols } from './protocols.js';
import { type OperationReport, type Repeat, reportOn } from './report.js';
import { KeyServerSubject } from './subject.js';
import { formatReport } from './table.js';

/**
 * Measures a key server of its own, prints what it found, and writes it to a file where one is asked for.
 *
 * @throws {BenchmarkError} when something cannot be measured, or when the key server answers wrongly
 */
export async function runServerBenchmark(options: BenchmarkOptions): Promise<void> {
  const openssl = await opensslVersion();
  const processors = await takeProcessors();
  const subject = await KeyServerSubject.start(processors);
  const end = (signal: NodeJS.Signals) => void subject.stop().then(() => process.kill(process.pid, signal));
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    const environment = describeEnvironment(openssl, processors);
    printEnvironment(environment, options);
    const { operations, protocol } = await measureAll(
      subject,
      options,
      processors,
      environment.multiBuffer.state,
    );
    console.log(`\n${formatReport(operations)}`);
    const protocols = options.operations.some(({ protocol }) => protocol === 'kssl2')
      ? await measureProtocols(subject, options.seconds * options.repeats, options.seed)
      : undefined;
    if (protocols !== undefined) console.log(`${formatProtocols(protocols)}\n`);
    const verified = operations.reduce((sum, { verified }) => sum + verified, 0);
    console.log(
      `${verified} answers were verified: the first of each measurement and every ${VERIFIED_EVERY}th after it.`,
    );
    if (options.jsonFile !== undefined) {
      const { repeats, seconds, opensslSeconds, seed } = options;
      const configuration = { repeats, seconds, opensslSeconds, connections: CONNECTIONS, protocol };
      const report = {
        date: new Date().toISOString(),
        ...environment,
        configuration,
        seed,
        operations,
        protocols,
      };
      await writeFile(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
    await subject.stop();
  }
}

/** Prepared requests of each operation: few enough to stay in a processor's cache, more than are ever under way. */
const REQUESTS = 2048;

async function measureAll(
  subject: KeyServerSubject,
  { operations, repeats, seconds, opensslSeconds, seed }: BenchmarkOptions,
  processors: ProcessorPlan | undefined,
  multiBufferState: MultiBufferState,
): Promise<{ operations: OperationReport[]; protocol: string }> {
  const random = randomSource(seed);
  const target = { channel: subject.channel, cpuTime: () => subject.cpuTime() };
  const measured = operations.map((operation) => ({
    operation,
    requests: requestsOf(operation, subject, seed),
    mixed: mixedRequestsOf(operation, subject, seed),
    repeats: [] as Repeat[],
  }));
  progress('warming up');
  let protocol = '';
  for (const { operation, requests } of measured)
    ({ protocol } = await measureServer(target, operation, requests, { seconds: seconds / 4, random }));
  for (let repeat = 1; repeat <= repeats; repeat += 1) {
    for (const { operation, requests, mixed, repeats: found } of measured) {
      progress(`repeat ${repeat} of ${repeats}: ${operation.title}`);
      found.push(
        await measureBoth(target, operation, requests, {
          seconds,
          opensslSeconds,
          processors,
          random,
          mixed,
        }),
      );
    }
  }
  const inUse = multiBufferState === 'in_use';
  return {
    operations: measured.map(({ operation, repeats }) => reportOn(operation, repeats, inUse)),
    protocol,
  };
}

function requestsOf(operation: MeasuredOperation, subject: KeyServerSubject, seed: number): Requests {
  const { signature, protocol } = operation;
  const publicKey = signature && subject.publicKeys.get(signature.keyAlgorithm);
  if (protocol === 'kssl2' && publicKey !== undefined)
    return encodeHandshakeRequests('ecdsa_sha256', publicKey, REQUESTS, seed);
  return encodeRequests([{ operation: signature?.scheme ?? 'ping', publicKey }], REQUESTS, seed);
}

/** None for operations that need not be quick alone. */
function mixedRequestsOf(
  { signature }: MeasuredOperation,
  { publicKeys }: KeyServerSubject,
  seed: number,
): Requests | undefined {
  if (signature?.aloneBar === undefined) return undefined;
  const publicKey = publicKeys.get(signature.keyAlgorithm);
  return encodeRequests([{ operation: 'ping' }, { operation: signature.scheme, publicKey }], REQUESTS, seed);
}

/** What a figure is worth nothing without. */
interface Environment {
  readonly versions: { readonly node: string; readonly nodeOpenssl: string; readonly openssl: string };
  readonly processor: { readonly model: string; readonly count: number };
  /** Which processor is the server's and which the client's; null: nothing was confined. */
  readonly processors: ProcessorPlan | null;
  /** As in the server, which has the same environment and processor. */
  readonly multiBuffer: Pick<MultiBuffer, 'state' | 'reason' | 'library' | 'curves'>;
}

function describeEnvironment(openssl: string, processors: ProcessorPlan | undefined): Environment {
  const { state, reason, library, curves } = multiBuffer();
  return {
    versions: { node: process.version, nodeOpenssl: process.versions.openssl, openssl },
    processor: { model: cpus()[0]?.model ?? 'unknown', count: cpus().length },
    processors: processors ?? null,
    multiBuffer: { state, reason, library, curves },
  };
}

function printEnvironment(
  { versions, processor, processors, multiBuffer }: Environment,
  { repeats, seconds, seed }: BenchmarkOptions,
): void {
  console.log(
    `Node ${versions.node} with OpenSSL ${versions.nodeOpenssl}; ${versions.openssl}; crypto_mb: ${describeMultiBuffer(multiBuffer)}`,
  );
  console.log(`${processor.count} processors: ${processor.model}; ${describePlan(processors)}`);
  console.log(`${repeats} repeats of ${seconds} s, seed ${seed}; each figure: median (lowest..highest)`);
}

function describeMultiBuffer({ state, reason, library, curves }: Environment['multiBuffer']): string {
  const arithmetic = Object.entries(curves).map(([curve, { state: ofCurve }]) => `${curve} ${ofCurve}`);
  return `${state} (${library?.version ?? reason}); own arithmetic: ${arithmetic.join(', ')}`;
}

function describePlan(processors: ProcessorPlan | null): string {
  if (processors === null)
    return 'nothing is confined to a processor, since there is no taskset: ratios mean little';
  const { server, client } = processors;
  return server === client
    ? 'server and client share the only one that they may use: the client slows the server down'
    : `the server has number ${server}, the client number ${client}`;
}

/** Where somebody may be waiting, one line that says how far it is. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

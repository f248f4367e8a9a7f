import { cpus } from 'node:os';
import { generateLoad, type GeneratorOrder, type OperationKind } from '@latchkey/load';
import { multiBuffer } from '@latchkey/native';
import { costOfBatch, type ServiceTimes } from '@latchkey/plan';
import { measureBatches } from './batch-costs.js';
import type { Calibration } from './calibration.js';
import { measurePauses } from './pauses.js';

/** A key server to calibrate with: its channel, two keys that it has, and the CPU time that it has taken. */
export interface CalibrationSubject {
  readonly channel: Extract<GeneratorOrder['work'], { readonly type: 'operations' }>['channel'];
  /** Public keys, PEM. */
  readonly publicKeys: { readonly 'p-256': string; readonly 'rsa-2048': string };
  /** In microseconds. */
  readonly cpuTime: () => number;
}

/** For how long each thing is measured, in seconds. */
const SECONDS = 1.5;

/**
 * Measures what this machine needs for the work of a key server: about ten seconds.
 *
 * - Operations in batches, in this thread.
 * - A turn and a request: the server's CPU time for pings one by one, and for many at once.
 * - The hand-over to a worker: what an RSA signature alone costs beside its two turns and the operation itself.
 * - The floor and the hop: the median latency of a lone ping, and of a lone RSA signature beside it.
 * - Pauses: this thread looks at the clock.
 *
 * @throws {BenchmarkError} when the key server does not answer as it should
 */
export async function calibrate(
  subject: CalibrationSubject,
  onProgress: (what: string) => void = () => {},
): Promise<Calibration> {
  onProgress('operations in batches');
  const operations = await measureBatches();
  onProgress('pings, one by one');
  const lonePing = await measure(subject, PING, 1);
  onProgress('pings, many at once');
  const manyPings = await measure(subject, PING, 512);
  onProgress('RSA signatures, one by one');
  const loneRsa = await measure(subject, rsa(subject), 1);
  onProgress('pauses of the machine');
  const pauses = measurePauses(SECONDS * 1000);

  const request = manyPings.cpu;
  const turn = Math.max(lonePing.cpu - request, 0);
  const signature = costOfBatch(operations['rsa-2048'], 1);
  const times: ServiceTimes = {
    turn,
    request,
    handover: Math.max(loneRsa.cpu - request - 2 * turn - signature, 0),
    floor: Math.max(lonePing.latency - turn - request, 0),
    hop: Math.max(loneRsa.latency - lonePing.latency - signature - turn, 0),
    operations,
    pauses,
  };
  const { state, library } = multiBuffer();
  return {
    latchkeyCalibration: 1,
    date: new Date().toISOString(),
    node: process.version,
    openssl: process.versions.openssl,
    processor: cpus()[0]?.model ?? 'unknown',
    multiBuffer: library === undefined ? state : `${state} (${library.version})`,
    times,
  };
}

const PING: OperationKind = { label: 'ping', operation: 'ping' };

function rsa({ publicKeys }: CalibrationSubject): OperationKind {
  return { label: 'rsa-2048', operation: 'rsa_pkcs1_sha256', publicKey: publicKeys['rsa-2048'] };
}

/** @returns CPU time of the server for each request, and the median latency, in microseconds */
async function measure(
  { channel, cpuTime }: CalibrationSubject,
  kind: OperationKind,
  depth: number,
): Promise<{ readonly cpu: number; readonly latency: number }> {
  let begin = 0;
  let end = 0;
  const order: GeneratorOrder = {
    work: { type: 'operations', channel, kinds: [kind], connections: 1, depth, records: 'shared' },
    pace: { type: 'closed_loop' },
    seconds: SECONDS,
    warmUpSeconds: SECONDS / 4,
    seed: 1,
  };
  const result = await generateLoad(order, {
    onBegin: () => (begin = cpuTime()),
    onEnd: () => (end = cpuTime()),
    // As fast as one client can: how busy that is does not matter for what each request costs the server.
    onBottleneck: () => {},
  });
  return { cpu: (end - begin) / result.total, latency: result.latency.p50 * 1000 };
}

import { availableParallelism, cpus } from 'node:os';
import { generateLoad, type GeneratorOrder, type OperationKind, type Pace } from '@latchkey/load';
import { multiBuffer } from '@latchkey/native';
import {
  costOfBatch,
  defaultWorkers,
  type KeyType,
  type OperationCost,
  quantilesOf,
  type ServiceTimes,
} from '@latchkey/plan';
import { measureBatches } from './batch-costs.js';
import type { Calibration } from './calibration.js';
import { measurePauses } from './pauses.js';

/** A key server to calibrate with: its channel, two keys that it has, and what it has done so far. */
export interface CalibrationSubject {
  readonly channel: Extract<GeneratorOrder['work'], { readonly type: 'operations' }>['channel'];
  /** Public keys, PEM. */
  readonly publicKeys: { readonly 'p-256': string; readonly 'rsa-2048': string };
  /** The CPU time that it has taken, in microseconds. */
  readonly cpuTime: () => number;
  /** Each time that its first thread has collected garbage. */
  readonly collections: () => readonly MeasuredCollection[];
}

/** A collection of garbage. Times are in microseconds. */
export interface MeasuredCollection {
  /** As V8 has it. */
  readonly duration: number;
  /** From its beginning until the event loop went on: what was freed is tidied up after it. */
  readonly standstill: number;
}

/** For how long each thing is measured, in seconds. */
const SECONDS = 1.5;
const WARM_UP_SECONDS = SECONDS / 4;
const SECONDS_IN_ALL = SECONDS + WARM_UP_SECONDS;
/** Requests under way where many are asked for at once: a turn of the server is full. */
const MANY = 512;
/** RSA signatures in the largest batch that a worker takes at once. */
const FULL = 32;

/**
 * Measures what this machine needs for the work of a key server: some twenty seconds.
 *
 * - Operations in batches, in this thread.
 * - A request: P-256 signatures, many at once, each in a TLS record of its own as edges send them; what the signatures themselves
 *   and collecting garbage take is not the requests'.
 * - How often and for how long garbage is collected: P-256 signatures at half of that rate, since the more is under way the more
 *   there is to be kept.
 * - A turn, and the hand-over to a worker: what RSA signatures cost more two to a batch than {@link FULL} to a batch, in both
 *   of which no worker ever sleeps. Two turns and a hand-over are taken to cost alike.
 * - Waking up: what a ping alone costs more than one of many and a turn.
 * - The floor and the hop: what the median latency of a lone ping, and of a lone RSA signature, is more than the CPU time that
 *   each takes at the same moments.
 * - Pauses: this thread looks at the clock.
 *
 * @param known what operations cost, where that has been measured; default: it is measured first
 * @throws {BenchmarkError} when the key server does not answer as it should
 */
export async function calibrate(
  subject: CalibrationSubject,
  onProgress: (what: string) => void = () => {},
  known?: Readonly<Record<KeyType, OperationCost>>,
): Promise<Calibration> {
  if (known === undefined) onProgress('operations in batches');
  const operations = known ?? (await measureBatches());
  onProgress('P-256 signatures, many at once');
  // Until code is compiled for speed.
  await measure(subject, p256(subject), MANY);
  const manySignatures = await measure(subject, p256(subject), MANY);
  onProgress('P-256 signatures at half of that rate');
  const halfOfThat = await measure(subject, p256(subject), MANY, {
    type: 'open_loop',
    rate: manySignatures.total / SECONDS_IN_ALL / 2,
    arrivals: 'poisson',
  });
  onProgress('pings, many at once');
  const manyPings = await measure(subject, PING, MANY);
  onProgress('one by one');
  const lonePing = await measure(subject, PING, 1);
  const loneRsa = await measure(subject, rsa(subject), 1);
  onProgress('in batches of two, and in full ones');
  const workers = defaultWorkers(availableParallelism());
  // As many again wait.
  const pairedRsa = await measure(subject, rsa(subject), 2 * 2 * workers);
  const fullRsa = await measure(subject, rsa(subject), 2 * FULL * workers);
  onProgress('pauses of the machine');
  const pauses = measurePauses(SECONDS * 1000);

  const { collections } = halfOfThat;
  const collecting = sum(manySignatures.collections.map(({ duration }) => duration)) / manySignatures.total;
  const perSignature = costOfBatch(operations['p-256'], MANY) / MANY;
  const request = Math.max(manySignatures.cpu - perSignature - collecting, 0);
  const perBatch = (pairedRsa.cpu - fullRsa.cpu) / (1 / 2 - 1 / FULL);
  const turn = Math.max(perBatch / 3, 0);
  const handover = turn;
  const wake = Math.max(lonePing.cpu - manyPings.cpu - turn, 0);
  const floor = Math.max(lonePing.latency - lonePing.cpu, 0);
  const hop = Math.max(loneRsa.latency - loneRsa.cpu - floor, 0);
  const times: ServiceTimes = {
    turn,
    wake,
    request,
    handover,
    floor,
    hop,
    operations,
    ...(collections.length > 0 && {
      collections: {
        requests: halfOfThat.total / collections.length,
        microseconds: quantilesOf(collections.map(({ standstill }) => standstill)),
      },
    }),
    pauses,
  };
  const { state, library } = multiBuffer();
  return {
    latchkeyCalibration: 3,
    date: new Date().toISOString(),
    node: process.version,
    openssl: process.versions.openssl,
    processor: cpus()[0]?.model ?? 'unknown',
    multiBuffer: library === undefined ? state : `${state} (${library.version})`,
    times,
  };
}

const PING: OperationKind = { label: 'ping', operation: 'ping' };

function p256({ publicKeys }: CalibrationSubject): OperationKind {
  return { label: 'p-256', operation: 'ecdsa_sha256', publicKey: publicKeys['p-256'] };
}

function rsa({ publicKeys }: CalibrationSubject): OperationKind {
  return { label: 'rsa-2048', operation: 'rsa_pkcs1_sha256', publicKey: publicKeys['rsa-2048'] };
}

/** What was measured, in microseconds. */
interface Measured {
  /** CPU time of the server for each request. */
  readonly cpu: number;
  /** The median. */
  readonly latency: number;
  readonly collections: readonly MeasuredCollection[];
  /** Requests, the first ones included. */
  readonly total: number;
}

async function measure(
  { channel, cpuTime, collections }: CalibrationSubject,
  kind: OperationKind,
  depth: number,
  pace: Pace = { type: 'closed_loop' },
): Promise<Measured> {
  let begin = 0;
  let end = 0;
  let collectionsBefore = 0;
  const order: GeneratorOrder = {
    work: { type: 'operations', channel, kinds: [kind], connections: 1, depth, records: 'one_request' },
    pace,
    seconds: SECONDS,
    warmUpSeconds: WARM_UP_SECONDS,
    seed: 1,
  };
  const result = await generateLoad(order, {
    onBegin: () => {
      collectionsBefore = collections().length;
      begin = cpuTime();
    },
    onEnd: () => (end = cpuTime()),
    // As fast as one client can: how busy that is does not matter for what each request costs the server.
    onBottleneck: () => {},
  });
  return {
    cpu: (end - begin) / result.total,
    latency: result.latency.p50 * 1000,
    collections: collections().slice(collectionsBefore),
    total: result.total,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

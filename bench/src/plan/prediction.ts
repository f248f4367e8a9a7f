import { Arrivals, LatencyHistogram, randomSource } from '@latchkey/load';
import { type Machine, type OperationCost, type Pauses, type ServiceTimes, simulate } from '@latchkey/plan';
import type { LoadOptions, ServedLoad, Subject } from './served-load.js';
import { percentilesOf, type Prediction } from './table.js';

/** What is played back of a measurement. */
export type PlayedBack = Pick<ServedLoad, 'pauses' | 'speeds' | 'edgeWork'>;

/**
 * The machine with all that a key server does on it dearer or cheaper by one factor, so that it is as busy with so many operations as
 * it was seen to be: what an operation costs is not the same at all loads.
 *
 * @param work the share of its processor that the key server uses with them at speed 1
 */
export function adjustMachine(machine: Machine, { keyType }: Subject, rate: number, work: number): Machine {
  let [low, high] = [1 / MOST_FACTOR, MOST_FACTOR];
  for (let step = 0; step < 12; step += 1) {
    const factor = Math.sqrt(low * high);
    const { utilisation } = simulate({
      edges: [{ edges: 1, operations: { [keyType]: rate }, roundTrip: 0, keyServers: 0 }],
      keyServers: [{ machine: scaleMachine(machine, factor), count: 1, pauses: [] }],
      seconds: 1,
      seed: 1,
    });
    if ((utilisation[0] ?? 0) < work) low = factor;
    else high = factor;
  }
  return scaleMachine(machine, Math.sqrt(low * high));
}

const MOST_FACTOR = 4;

/** What is to be expected of a machine, with pauses as the calibration saw them. */
export function foretell(
  machine: Machine,
  subject: Subject,
  options: LoadOptions,
  edgeWork: number,
): Prediction {
  return play(machine, subject, options, { edgeWork, pauses: machine.times.pauses });
}

/** What is to be expected where requests came, the machine stood still and its processor was slower when it was so in a measurement. */
export function predict(
  machine: Machine,
  subject: Subject,
  options: LoadOptions,
  { pauses, speeds, edgeWork }: PlayedBack,
): Prediction {
  return play(machine, subject, options, {
    edgeWork,
    pauses: pauses.edges,
    atServer: { pauses: pauses.server, speeds },
  });
}

function play(
  machine: Machine,
  { keyType }: Subject,
  { rate, seconds, warmUpSeconds, seed }: LoadOptions,
  {
    edgeWork,
    pauses,
    atServer,
  }: {
    readonly edgeWork: number;
    readonly pauses: PlayedBack['pauses']['edges'] | Pauses | undefined;
    readonly atServer?: {
      readonly pauses: PlayedBack['pauses']['server'];
      readonly speeds: PlayedBack['speeds'];
    };
  },
): Prediction {
  const latencies = new LatencyHistogram();
  let busy = 0;
  for (let time = 0; time < PLAYS; time += 1) {
    const result = simulate({
      edges: [
        {
          edges: 1,
          operations: { [keyType]: rate },
          arrivals: arrivalsOf(rate, seed),
          roundTrip: 0,
          keyServers: 0,
        },
      ],
      keyServers: [{ machine, count: 1, ...atServer }],
      seconds,
      warmUpSeconds,
      seed: seed * PLAYS + time,
      ...(pauses && { edgePauses: pauses }),
      edgeWork,
    });
    for (const found of result.groups[0] ?? []) latencies.merge(found.latencies);
    busy += (result.utilisation[0] ?? 0) / PLAYS;
  }
  return { latency: percentilesOf(latencies), busy };
}

/** When the load generator has requests due, in microseconds. */
function* arrivalsOf(rate: number, seed: number): Generator<number> {
  for (const arrivals = new Arrivals(rate, randomSource(seed)); ; arrivals.advance())
    yield arrivals.next * 1000;
}

/** With garbage, and pauses that are not played back, at other moments each time. */
const PLAYS = 5;

function scaleMachine(machine: Machine, factor: number): Machine {
  const { turn, wake, request, handover, operations } = machine.times;
  const scaled = Object.entries(operations).map(([keyType, { lane, batches }]): [string, OperationCost] => [
    keyType,
    {
      lane,
      batches: batches.map(({ size, microseconds }) => ({ size, microseconds: microseconds * factor })),
    },
  ]);
  const times: ServiceTimes = {
    ...machine.times,
    turn: turn * factor,
    wake: wake * factor,
    request: request * factor,
    handover: handover * factor,
    operations: Object.fromEntries(scaled),
  };
  return { ...machine, times };
}

import { Arrivals, LatencyHistogram, randomSource } from '@latchkey/load';
import {
  type Machine,
  type OperationCost,
  quantilesOf,
  type ServiceTimes,
  simulate,
  type SimulationResult,
} from '@latchkey/plan';
import type { LoadOptions, ServedLoad, Subject } from './served-load.js';
import type { Slice } from './slices.js';

/** What became of the machine, and what the server used of it: no latency is among it. */
export type Happenings = Pick<ServedLoad, 'busy' | 'pauses' | 'speeds' | 'edgeWork'>;

/** What was predicted, or found, of a key server. */
export interface Outcome {
  readonly latencies: LatencyHistogram;
  /** The share of its processor's time that it used, of what pauses left of it. */
  readonly busy: number;
}

/** A slice of a measurement, beside what was to be expected of it. */
export interface ComparedSlice {
  readonly slice: Slice;
  readonly measured: Outcome;
  /** With the machine as the slice before it found it. */
  readonly foretold: Outcome;
  /** With the machine as it was meanwhile, played back. */
  readonly predicted: Outcome;
}

/** @param slices of one load; of the first, nothing can be foretold */
export function compareSlices(machine: Machine, subject: Subject, slices: readonly Slice[]): ComparedSlice[] {
  const collecting = collectsAs(machine, slices);
  let [before] = slices;
  return slices.slice(1).map((slice, index) => {
    const last = before ?? slice;
    before = slice;
    const known = collectsAs(machine, slices.slice(0, index + 1));
    return {
      slice,
      measured: { latencies: LatencyHistogram.parse(slice.served.latencies), busy: slice.served.busy },
      foretold: play(adjustMachine(known, subject, last), subject, slice.asked, last.served),
      predicted: play(adjustMachine(collecting, subject, slice), subject, slice.asked, slice.served),
    };
  });
}

/** The machine with a key server that collects garbage as often and for as long as it did in these slices. */
function collectsAs(machine: Machine, slices: readonly Slice[]): Machine {
  const microseconds = slices.flatMap(({ served }) => served.collections);
  if (microseconds.length === 0) return machine;
  const requests = slices.reduce((sum, { served }) => sum + served.requests, 0) / microseconds.length;
  return {
    ...machine,
    times: { ...machine.times, collections: { requests, microseconds: quantilesOf(microseconds) } },
  };
}

/**
 * The machine with all that a key server does on it dearer or cheaper by one factor, so that it is as busy as it was seen to be when
 * what happened then is played back: what an operation costs is not the same at all loads, nor at all times.
 */
export function adjustMachine(
  machine: Machine,
  subject: Subject,
  { asked, served }: { readonly asked: LoadOptions; readonly served: Happenings },
): Machine {
  let [low, high] = [1 / MOST_FACTOR, MOST_FACTOR];
  for (let step = 0; step < 9; step += 1) {
    const factor = Math.sqrt(low * high);
    const { utilisation } = playOnce(scaleMachine(machine, factor), subject, asked, served, asked.seed);
    if ((utilisation[0] ?? 0) < served.busy) low = factor;
    else high = factor;
  }
  return scaleMachine(machine, Math.sqrt(low * high));
}

const MOST_FACTOR = 4;

/** What is to be expected of a machine when requests come as they are asked for, and with it happens what happened some time. */
export function play(
  machine: Machine,
  subject: Subject,
  asked: LoadOptions,
  happened: Omit<Happenings, 'busy'>,
): Outcome {
  const latencies = new LatencyHistogram();
  let busy = 0;
  for (let time = 0; time < PLAYS; time += 1) {
    const result = playOnce(machine, subject, asked, happened, asked.seed * PLAYS + time);
    for (const found of result.groups[0] ?? []) latencies.merge(found.latencies);
    busy += (result.utilisation[0] ?? 0) / PLAYS;
  }
  return { latencies, busy };
}

/** With garbage at other moments each time. */
const PLAYS = 3;

function playOnce(
  machine: Machine,
  { keyType }: Subject,
  { rate, seconds, warmUpSeconds, seed: arrivals }: LoadOptions,
  { pauses, speeds, edgeWork }: Omit<Happenings, 'busy'>,
  seed: number,
): SimulationResult {
  return simulate({
    edges: [
      {
        edges: 1,
        operations: { [keyType]: rate },
        arrivals: arrivalsOf(rate, arrivals),
        roundTrip: 0,
        keyServers: 0,
      },
    ],
    keyServers: [{ machine, count: 1, pauses: pauses.server, speeds }],
    seconds,
    warmUpSeconds,
    patienceSeconds: PATIENCE,
    seed,
    edgePauses: pauses.edges,
    edgeWork,
  });
}

/** As long as load generators wait for an answer. */
const PATIENCE = 10;

/** When the load generator has requests due, in microseconds. */
function* arrivalsOf(rate: number, seed: number): Generator<number> {
  for (const arrivals = new Arrivals(rate, randomSource(seed)); ; arrivals.advance())
    yield arrivals.next * 1000;
}

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

import { LatencyHistogram } from '@latchkey/load';
import type { Machine, Pause } from '@latchkey/plan';
import { expect, it } from 'vitest';
import { adjustMachine, compareSlices, type Happenings, play } from './prediction.js';
import type { LoadOptions, Subject } from './served-load.js';
import type { Slice } from './slices.js';

const SUBJECT: Subject = { keyType: 'rsa-2048', operation: 'rsa_pkcs1_sha256' };

const MACHINE: Machine = {
  times: {
    turn: 20,
    wake: 10,
    request: 2,
    handover: 30,
    floor: 50,
    hop: 20,
    operations: { 'rsa-2048': { lane: 'short', batches: [{ size: 1, microseconds: 300 }] } },
  },
  processors: 1,
  workers: 1,
};

const NOTHING = { pauses: { server: [], edges: [] }, speeds: [], edgeWork: 20 };

function asked(rate: number, seed = 5): LoadOptions {
  return { rate, seconds: 3, warmUpSeconds: 0.2, seed };
}

/** What would have been measured of a machine. */
function sliceOf(machine: Machine, options: LoadOptions, happened: Omit<Happenings, 'busy'>): Slice {
  const { latencies, busy } = play(machine, SUBJECT, options, happened);
  return {
    asked: options,
    served: {
      ...happened,
      latencies: latencies.toString(),
      requests: options.rate * 3.2,
      busy,
      collections: [],
      away: 0,
      metering: 0,
      latenessP99: 0,
    },
  };
}

function p99(latencies: LatencyHistogram): number {
  return latencies.percentile(99);
}

it('a machine is adjusted to be as busy as it was seen to be, with what happened meanwhile', () => {
  const happened = { ...NOTHING, busy: 0.7, speeds: [{ at: 1e6, speed: 0.8 }] };
  const adjusted = adjustMachine(MACHINE, SUBJECT, { asked: asked(1000), served: happened });
  expect(play(adjusted, SUBJECT, asked(1000), happened).busy).toBeCloseTo(0.7, 2);
  expect(play(adjusted, SUBJECT, asked(1000), NOTHING).busy).toBeLessThan(0.65);
});

it('what a simulated server did is predicted from the parts that it was made of, within 30 %, at each load', () => {
  // The calibration knew another machine.
  const truth = adjustMachine(MACHINE, SUBJECT, { asked: asked(1000), served: { ...NOTHING, busy: 0.4 } });
  const away = {
    pauses: { server: [{ begin: 1e6, end: 1.02e6 }], edges: [] },
    speeds: [{ at: 2e6, speed: 0.7 }],
    edgeWork: 20,
  };
  for (const rate of [700, 1400, 1800]) {
    const slices = [1, 2, 3].map((seed) => sliceOf(truth, asked(rate, seed), away));
    const compared = compareSlices(MACHINE, SUBJECT, slices);
    expect(compared).toHaveLength(2);
    for (const { predicted, measured } of compared) {
      expect(predicted.busy).toBeCloseTo(measured.busy, 2);
      expect(p99(predicted.latencies) / p99(measured.latencies)).toBeGreaterThan(0.7);
      expect(p99(predicted.latencies) / p99(measured.latencies)).toBeLessThan(1.3);
    }
  }
});

it('what is foretold knows nothing of the slice that it is about', () => {
  const slow = { ...NOTHING, speeds: [{ at: 0, speed: 0.6 }] };
  const slices = [sliceOf(MACHINE, asked(1200, 1), NOTHING), sliceOf(MACHINE, asked(1200, 2), slow)];
  const [compared] = compareSlices(MACHINE, SUBJECT, slices);
  expect(compared!.measured.busy).toBeGreaterThan(0.7);
  expect(compared!.predicted.busy).toBeCloseTo(compared!.measured.busy, 2);
  expect(compared!.foretold.busy).toBeCloseTo(slices[0]!.served.busy, 1);
});

it('garbage is collected as often, and for as long, as was seen', () => {
  const slice = sliceOf(MACHINE, asked(700), NOTHING);
  // Twelve in a second, as garbage of a hundred turns is: a hundredth of the time and more.
  const collected = {
    ...slice,
    served: { ...slice.served, collections: Array.from({ length: 38 }, () => 8000) },
  };
  const [without] = compareSlices(MACHINE, SUBJECT, [slice, slice]);
  const [compared] = compareSlices(MACHINE, SUBJECT, [collected, collected]);
  for (const who of ['predicted', 'foretold'] as const)
    expect(p99(compared![who].latencies)).toBeGreaterThan(2 * p99(without![who].latencies));
});

it('a hundredth of the time in which others have the processor decides the 99th percentile: it has to be played back', () => {
  // As a kernel thread does it here.
  const others: Pause[] = Array.from({ length: 16 }, (_, time) => ({
    begin: 2e5 * time,
    end: 2e5 * time + 4000,
  }));
  const slice = sliceOf(MACHINE, asked(1000), { ...NOTHING, pauses: { server: others, edges: [] } });
  const measured = p99(LatencyHistogram.parse(slice.served.latencies));
  const unseen = { ...slice, served: { ...slice.served, pauses: NOTHING.pauses } };
  expect(
    p99(compareSlices(MACHINE, SUBJECT, [slice, unseen])[0]!.predicted.latencies) / measured,
  ).toBeLessThan(0.7);
  const ratio = p99(compareSlices(MACHINE, SUBJECT, [slice, slice])[0]!.predicted.latencies) / measured;
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.3);
});

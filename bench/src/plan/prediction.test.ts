import type { Machine } from '@latchkey/plan';
import { expect, it } from 'vitest';
import { adjustMachine, foretell, predict } from './prediction.js';
import type { Subject } from './served-load.js';

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

it('a machine is adjusted to be as busy as it was seen to be', () => {
  const adjusted = adjustMachine(MACHINE, SUBJECT, 1000, 0.6);
  const asked = { rate: 1000, seconds: 2, warmUpSeconds: 0.2, seed: 3 };
  expect(foretell(adjusted, SUBJECT, asked, 0).busy).toBeCloseTo(0.6, 1);
});

it('what a simulated server did is predicted from the parts that it was made of, within 30 %, at each load', () => {
  const truth = adjustMachine(MACHINE, SUBJECT, 1000, 0.4);
  const away = {
    pauses: { server: [{ begin: 1e6, end: 1.02e6 }], edges: [] },
    speeds: [{ at: 2e6, speed: 0.7 }],
    edgeWork: 20,
  };
  for (const rate of [700, 1400, 1800]) {
    const asked = { rate, seconds: 3, warmUpSeconds: 0.2, seed: 5 };
    const happened = predict(truth, SUBJECT, asked, away);
    // The calibration knew another machine, and how busy this one was.
    const work = foretell(truth, SUBJECT, asked, 20).busy;
    const predicted = predict(adjustMachine(MACHINE, SUBJECT, rate, work), SUBJECT, asked, away);
    expect(predicted.latency.p99 / happened.latency.p99).toBeGreaterThan(0.7);
    expect(predicted.latency.p99 / happened.latency.p99).toBeLessThan(1.3);
  }
});

it('a hundredth of the time in which others have the processor decides the 99th percentile: it has to be played back', () => {
  const truth = adjustMachine(MACHINE, SUBJECT, 1000, 0.4);
  const asked = { rate: 1000, seconds: 3, warmUpSeconds: 0.2, seed: 5 };
  // As a kernel thread does it here.
  const others = Array.from({ length: 16 }, (_, time) => ({ begin: 2e5 * time, end: 2e5 * time + 4000 }));
  const away = { pauses: { server: others, edges: [] }, speeds: [], edgeWork: 20 };
  const happened = predict(truth, SUBJECT, asked, away).latency.p99;
  const work = foretell(truth, SUBJECT, asked, 20).busy;
  const machine = adjustMachine(MACHINE, SUBJECT, 1000, work);
  const withoutThem = { ...away, pauses: { server: [], edges: [] } };
  expect(predict(machine, SUBJECT, asked, withoutThem).latency.p99 / happened).toBeLessThan(0.7);
  const ratio = predict(machine, SUBJECT, asked, away).latency.p99 / happened;
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.3);
});

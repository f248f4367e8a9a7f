/**
 * A process of its own that comes before all others on the processor that it is confined to, and works little: it only
 * wakes up again and again, and what keeps it from that keeps everybody. What keeps others, and not it, it has from the kernel.
 * Where it is asked to, it also tries how fast the processor is: on a virtual machine that changes within seconds, and nothing
 * says so.
 */
import { diffieHellman, generateKeyPairSync } from 'node:crypto';
import type { Pause } from '@latchkey/plan';
import { stallAsleep, stretch } from './stalls.js';
import { ThreadClock, Waits } from './waits.js';

/** What it is to do. */
export interface MeterOrder {
  readonly milliseconds: number;
  readonly probes: boolean;
  /** A process on its processor, and those of its threads that do its work there. */
  readonly worker: { readonly processId: number; readonly threads: readonly number[] };
}

/** What it saw, in microseconds of the clock that all processes of a machine have in common. */
export interface Seen {
  /** When the processor stood still. */
  readonly pauses: readonly Pause[];
  /** When it had the processor itself: a tenth of the time. */
  readonly looks: readonly Pause[];
  /** When others kept those threads from it. */
  readonly waits: readonly Pause[];
  /** When it tried how fast the processor was, and how long that took. */
  readonly probes: readonly { readonly at: number; readonly took: number }[];
}

/** How long it sleeps, in microseconds: seldom enough to take the processor from nobody. */
const EVERY = 500;
/** What this process takes of the processor each time is less. */
const SHORTEST_WAIT = 100;
/** In microseconds: a hundredth of the processor is enough. */
const PROBE_EVERY = 10_000;
/** Until code is compiled for speed. */
const WARM_UP = 2000;

const pair = {
  privateKey: generateKeyPairSync('x25519').privateKey,
  publicKey: generateKeyPairSync('x25519').publicKey,
};
/** Multiplications of large numbers, as signatures are; with little memory, so that it matters less what others do to caches. */
const probe = (): void => void diffieHellman(pair);

for (let times = 0; times < WARM_UP; times += 1) probe();
process.on('message', (order: MeterOrder) => process.send?.(watch(order)));
// Only now may it come before others: until here it waits for threads of its own.
process.send?.('ready');

function watch({ milliseconds, probes: wanted, worker }: MeterOrder): Seen {
  const clocks = worker.threads.map((thread) => new ThreadClock(worker.processId, thread));
  const found = new Waits(SHORTEST_WAIT);
  const waits: Pause[] = [];
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  const pauses: Pause[] = [];
  const probes: { at: number; took: number }[] = [];
  const looks: Pause[] = [];
  const before = process.cpuUsage();
  let slept = now();
  const end = slept + milliseconds * 1000;
  let nextProbe = slept;
  while (slept < end) {
    Atomics.wait(nobody, 0, 0, EVERY / 1000);
    const woken = now();
    const asleep = stallAsleep(slept + EVERY, EVERY, woken);
    if (asleep !== undefined) pauses.push(asleep);
    const wait = found.look(
      woken,
      clocks.map((clock) => clock.read()),
    );
    if (wait !== undefined) waits.push(wait);
    if (wanted && woken >= nextProbe) {
      // The first finds caches that were others'.
      probe();
      const begin = now();
      probe();
      probes.push({ at: begin, took: now() - begin });
      nextProbe = woken + PROBE_EVERY;
    }
    slept = now();
    looks.push({ begin: woken, end: slept });
  }
  const { user, system } = process.cpuUsage(before);
  for (const clock of clocks) clock.close();
  return { pauses, looks: stretch(looks, user + system), waits, probes };
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

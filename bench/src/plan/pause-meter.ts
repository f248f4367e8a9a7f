/**
 * A process of its own that comes before all others on the processor that it is confined to, and hardly ever works: it only
 * wakes up again and again, and what keeps it from that keeps everybody. It is told for how many milliseconds, and sends the
 * pauses, in microseconds of the clock that all processes of a machine have in common.
 */
import type { Pause } from '@latchkey/plan';

process.on('message', (milliseconds: number) => process.send?.(watch(milliseconds)));

function watch(milliseconds: number): Pause[] {
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  const pauses: Pause[] = [];
  let last = now();
  const end = last + milliseconds * 1000;
  while (last < end) {
    Atomics.wait(nobody, 0, 0, EVERY / 1000);
    const woken = now();
    // It began at some moment of its sleep: half of that is right on average.
    if (woken - last > EVERY + SHORTEST) pauses.push({ begin: last + EVERY / 2, end: woken });
    last = woken;
  }
  return pauses;
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

/** How long it sleeps, in microseconds: seldom enough to take the processor from nobody. */
const EVERY = 500;
/** What waking up takes on a processor of a virtual machine that sleeps is less. */
const SHORTEST = 300;

import type { Pause } from '@latchkey/plan';

/**
 * When a processor stood still, as a process finds out that comes before all others there and does nothing but sleep and look at
 * the clock. A hypervisor takes a processor away for a few hundred microseconds at a time. Times are in microseconds.
 *
 * @param due when it was to wake up
 * @param sleep how long it was to sleep
 * @param woken when it did
 */
export function stallAsleep(due: number, sleep: number, woken: number): Pause | undefined {
  const late = woken - due;
  if (late <= LONGEST_WAKING) return undefined;
  // What cannot be seen is as long as what can, on average, and half of the sleep at most.
  return { begin: due - Math.min(late, sleep / 2), end: woken };
}

/**
 * When a process had its processor, with what the kernel does to wake it up and to put it to sleep: half of that before what it sees of
 * itself, half after.
 *
 * @param awake as it saw it
 * @param used CPU time that it took for all of that
 */
export function stretch(awake: readonly Pause[], used: number): Pause[] {
  const seen = awake.reduce((sum, { begin, end }) => sum + end - begin, 0);
  const each = Math.max(0, used - seen) / Math.max(1, awake.length) / 2;
  return awake.map(({ begin, end }) => ({ begin: begin - each, end: end + each }));
}

/** What waking up takes on a processor of a virtual machine that sleeps is less. */
const LONGEST_WAKING = 150;

import { describe, expect, it } from 'vitest';
import { ThreadClock, Waits } from './waits.js';

/** Two threads on one processor, looked at every 500 us: what has it at a moment, and who wants it. */
function watch(who: (time: number) => 0 | 1 | 'others', wants: readonly ((time: number) => boolean)[]) {
  const waits = new Waits(100);
  const ran = [0, 0];
  const waited = [0, 0];
  const told = [0, 0];
  const found = [];
  for (let time = 0; time <= 20_000; time += 10) {
    if (time % 500 === 0) {
      const pause = waits.look(
        time,
        ran.map((each, index) => ({ ran: each, waited: told[index]! })),
      );
      if (pause !== undefined) found.push(pause);
    }
    const runs = who(time);
    for (const thread of [0, 1] as const) {
      if (runs === thread) {
        ran[thread]! += 10;
        told[thread] = waited[thread]!;
      } else if (wants[thread]!(time)) waited[thread]! += 10;
    }
  }
  return found;
}

describe('threads that share a processor', () => {
  const always = () => true;
  const never = () => false;

  it('are kept from it when others have it', () => {
    const [pause, ...more] = watch((time) => (time >= 5200 && time < 8300 ? 'others' : 0), [always, never]);
    expect(more).toEqual([]);
    expect(Math.abs(pause!.begin - 5200)).toBeLessThanOrEqual(20);
    expect(Math.abs(pause!.end - 8300)).toBeLessThanOrEqual(20);
  });

  it('are not when they have it in turn, or want nothing', () => {
    expect(watch((time) => (time % 6000 < 3000 ? 0 : 1), [always, always])).toEqual([]);
    expect(watch((time) => (time < 9000 ? 'others' : 0), [(time) => time >= 9000, never])).toEqual([]);
  });

  it('are, for what neither of them had of it', () => {
    // The first waits for 4 ms, 3 of which the second has it.
    const who = (time: number) => (time < 5000 || time >= 9000 ? 0 : time < 8000 ? 1 : ('others' as const));
    const [pause, ...more] = watch(who, [always, never]);
    expect(more).toEqual([]);
    expect(pause!.end - pause!.begin).toBeGreaterThan(400);
    expect(pause!.end - pause!.begin).toBeLessThanOrEqual(1000);
  });
});

it('the kernel tells what a thread had of its processor', () => {
  const clock = new ThreadClock(process.pid, process.pid);
  const before = clock.read();
  const end = performance.now() + 20;
  while (performance.now() < end);
  expect(clock.read().ran).toBeGreaterThan(before.ran);
  expect(clock.read().waited).toBeGreaterThanOrEqual(before.waited);
  clock.close();
});

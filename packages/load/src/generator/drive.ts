import { BenchmarkError } from '../benchmark-error.js';
import { Arrivals } from '../pace/arrivals.js';
import type { Clock } from '../pace/clock.js';
import { randomSource } from '../pace/random.js';
import type { Collector } from './collector.js';
import type { GeneratorOrder } from './order.js';
import type { Work } from './work.js';

/** How a measurement is driven. */
export type DriveOptions = Pick<GeneratorOrder, 'pace' | 'seconds' | 'warmUpSeconds' | 'seed'> & {
  readonly clock: Clock;
};

/** What the one who drove it knows. */
export interface Drive {
  /** How long this process was awake only to be in time, in milliseconds. */
  readonly spinning: number;
}

/**
 * Asks for work at a pace until the time is over, and waits until all is answered.
 *
 * @throws {BenchmarkError} when the work cannot go on
 */
export function drive(work: Work, collector: Collector, options: DriveOptions): Promise<Drive> {
  const { clock, seconds, warmUpSeconds, pace } = options;
  const begin = clock.now();
  const measured = begin + warmUpSeconds * 1000;
  const end = measured + seconds * 1000;
  collector.measure(measured, end);
  return pace.type === 'open_loop'
    ? driveOpenLoop(work, collector, { ...options, pace, begin, end })
    : driveClosedLoop(work, collector, { ...options, begin, end });
}

/** As long as requesters of kssl1 wait for an answer (docs/protocol/kssl1.md), in milliseconds. */
const LONGEST_ANSWER = 10_000;

interface Times {
  readonly begin: number;
  readonly end: number;
}

async function driveOpenLoop(
  work: Work,
  collector: Collector,
  {
    clock,
    pace,
    seed,
    begin,
    end,
  }: DriveOptions & Times & { readonly pace: { readonly rate: number; readonly arrivals: string } },
): Promise<Drive> {
  const arrivals = new Arrivals(pace.rate, pace.arrivals === 'poisson' ? randomSource(seed) : undefined);
  let spinning = 0;
  // Until there is room again, requests wait on the server's account.
  let hadNoRoomUntil = 0;
  while (begin + arrivals.next < end) {
    work.requireOpen();
    const now = clock.now();
    if (now > end + LONGEST_ANSWER) {
      collector.failed('there was no room to send it for 10 s', begin + arrivals.next);
      arrivals.advance();
      continue;
    }
    while (begin + arrivals.next <= now && begin + arrivals.next < end) {
      const dueAt = begin + arrivals.next;
      if (!work.start(dueAt)) {
        hadNoRoomUntil = now;
        break;
      }
      collector.sent(dueAt, now - Math.max(dueAt, hadNoRoomUntil));
      arrivals.advance();
    }
    work.flush();
    const before = collector.total;
    const idle = await clock.waitUntil(Math.max(begin + arrivals.next, hadNoRoomUntil === now ? now + 1 : 0));
    if (collector.total === before) spinning += idle;
  }
  await waitForAnswers(work, clock);
  return { spinning };
}

async function driveClosedLoop(
  work: Work,
  collector: Collector,
  { clock, end }: DriveOptions & Times,
): Promise<Drive> {
  const fill = () => {
    const now = clock.now();
    if (now >= end) return;
    while (work.start(now)) collector.sent(now, 0);
    work.flush();
  };
  work.onRoom = fill;
  while (clock.now() < end) {
    work.requireOpen();
    fill();
    await clock.waitUntil(Math.min(end, clock.now() + 100));
  }
  work.onRoom = () => {};
  work.stop?.();
  await waitForAnswers(work, clock);
  return { spinning: 0 };
}

async function waitForAnswers(work: Work, clock: Clock): Promise<void> {
  const patience = clock.now() + LONGEST_ANSWER;
  while (work.inFlight > 0) {
    work.requireOpen();
    if (clock.now() > patience)
      throw new BenchmarkError(`${work.inFlight} requests were not answered within 10 s`);
    await clock.waitUntil(clock.now() + 5);
  }
}

import { describe, expect, it } from 'vitest';
import type { LatencyHistogram } from '../histogram.js';
import type { Clock } from '../pace/clock.js';
import { Collector } from './collector.js';
import { drive, type DriveOptions } from './drive.js';
import type { Work } from './work.js';

/** A server in a time of its own: what happens, happens at the moment that it should. */
class VirtualServer implements Work, Clock {
  onRoom = () => {};
  readonly #collector: Collector;
  readonly #answers: { readonly at: number; readonly dueAt: number }[] = [];
  readonly #serve: (startedAt: number) => number;
  readonly #room: number;
  #now = 0;

  /** @param serve when what was sent then is answered, @param room requests that may be under way */
  constructor(collector: Collector, serve: (startedAt: number) => number, room = Infinity) {
    this.#collector = collector;
    this.#serve = serve;
    this.#room = room;
  }

  get inFlight(): number {
    return this.#answers.length;
  }

  now(): number {
    return this.#now;
  }

  async waitUntil(time: number): Promise<number> {
    const next = this.#answers.toSorted((one, other) => one.at - other.at)[0];
    const isAnswer = next !== undefined && next.at <= time;
    this.#now = Math.max(this.#now, isAnswer ? next.at : time);
    if (isAnswer) {
      this.#answers.splice(this.#answers.indexOf(next), 1);
      this.#collector.performed(0, next.dueAt, this.#now);
      this.onRoom();
    }
    return 0;
  }

  start(dueAt: number): boolean {
    if (this.#answers.length >= this.#room) return false;
    this.#answers.push({ at: this.#serve(this.#now), dueAt });
    return true;
  }

  flush(): void {}
  requireOpen(): void {}
  summary() {
    return { verified: 0, protocol: '' };
  }
}

async function measure(
  serve: (startedAt: number) => number,
  options: Omit<DriveOptions, 'clock'>,
  room?: number,
): Promise<{ collector: Collector; latencies: LatencyHistogram }> {
  const collector = new Collector(['request']);
  const server = new VirtualServer(collector, serve, room);
  await drive(server, collector, { ...options, clock: server });
  return { collector, latencies: collector.latencies.get('request')! };
}

const SERVICE = 1.3;
/** Answers after 1.3 ms, but nothing between the first and the second and a half. */
const stalling = (startedAt: number) =>
  startedAt >= 1000 && startedAt < 2500 ? 2500 + SERVICE : startedAt + SERVICE;

describe('drive in an open loop', () => {
  const options = { warmUpSeconds: 0, seconds: 4, seed: 1 };

  it.each(['constant', 'poisson'] as const)(
    'finds percentiles of 1.3, 1101 and 1455 ms when a server stands still for 1.5 s of four at 500/s: %s arrivals',
    async (arrivals) => {
      const { latencies, collector } = await measure(stalling, {
        ...options,
        pace: { type: 'open_loop', rate: 500, arrivals },
      });
      for (const [percentage, truth] of [
        [50, 1.3],
        [90, 1101],
        [99, 1455],
      ] as const)
        expect(Math.abs(latencies.percentile(percentage) / truth - 1), `p${percentage}`).toBeLessThan(0.05);
      expect(collector.lateness.maximum).toBeLessThan(0.01);
    },
  );

  it('finds the same when only few requests have room, and does not call it its own lateness', async () => {
    const pace = { type: 'open_loop', rate: 500, arrivals: 'constant' } as const;
    const { latencies, collector } = await measure(stalling, { ...options, pace }, 10);
    expect(Math.abs(latencies.percentile(99) / 1455 - 1)).toBeLessThan(0.05);
    expect(Math.abs(latencies.percentile(90) / 1101 - 1)).toBeLessThan(0.05);
    expect(collector.lateness.percentile(99)).toBeLessThan(5);
    expect(collector.due).toBe(latencies.count);
  });

  it('counts nothing of the time in which it warms up', async () => {
    const slowAtFirst = (startedAt: number) => (startedAt < 500 ? startedAt + 100 : startedAt + 1);
    const pace = { type: 'open_loop', rate: 1000, arrivals: 'constant' } as const;
    const { latencies, collector } = await measure(slowAtFirst, { ...options, pace, warmUpSeconds: 0.5 });
    expect(latencies.maximum).toBeLessThan(1.1);
    expect(Math.abs(latencies.count - 4000)).toBeLessThanOrEqual(1);
    expect(collector.total).toBeGreaterThan(latencies.count + 400);
  });

  it('gives up what it cannot send, as failed, when a server is far too slow', async () => {
    const pace = { type: 'open_loop', rate: 100, arrivals: 'constant' } as const;
    const { latencies, collector } = await measure((at) => at + 1000, { ...options, pace }, 1);
    expect(collector.failures).toEqual(
      new Map([['there was no room to send it for 10 s', 399 - latencies.count]]),
    );
    expect(latencies.count).toBeLessThan(20);
  });

  it('does not wait for ever for answers', async () => {
    const pace = { type: 'open_loop', rate: 10, arrivals: 'constant' } as const;
    await expect(measure(() => Infinity, { ...options, pace })).rejects.toThrow(
      '39 requests were not answered within 10 s',
    );
  });
});

describe('drive in a closed loop', () => {
  it('keeps as many under way as there is room for', async () => {
    const pace = { type: 'closed_loop' } as const;
    const options = { pace, warmUpSeconds: 0, seconds: 2, seed: 1 };
    const { latencies, collector } = await measure((at) => at + 10, options, 7);
    expect(latencies.count).toBe(7 * 200);
    expect(latencies.percentile(99)).toBeCloseTo(10, 1);
    expect(collector.answered).toBeGreaterThanOrEqual(7 * 199);
  });
});

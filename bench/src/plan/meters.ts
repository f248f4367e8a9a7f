import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BenchmarkError, confine, type ProcessorPlan } from '@latchkey/load';
import type { Pause, SpeedChange } from '@latchkey/plan';
import type { MeterOrder, Seen } from './meter.js';
import { comeAtOnce, comeWithOthers } from '../precedence.js';

/** What became of both processors for a while. */
export interface Watched {
  readonly server: Seen;
  readonly client: Seen;
}

/** Who works on the processors. */
export type Workers = Readonly<Record<keyof Watched, MeterOrder['worker']>>;

/** Processes that look for pauses of both processors, and how fast the server's is, while others work there. */
export class Meters {
  readonly #server: ChildProcess;
  readonly #client: ChildProcess;

  /** @throws {BenchmarkError} where nobody may come before all others */
  static async start(processors: ProcessorPlan): Promise<Meters> {
    const [server, client] = [startMeter(), startMeter()];
    const meters = new Meters(server, client);
    try {
      await Promise.all([putInPlace(server, processors.server), putInPlace(client, processors.client)]);
      return meters;
    } catch (error) {
      meters.stop();
      throw error;
    }
  }

  private constructor(server: ChildProcess, client: ChildProcess) {
    this.#server = server;
    this.#client = client;
  }

  /**
   * Begins now.
   *
   * @param workers whose waiting counts
   * @returns what was seen, when so much time is over
   */
  async watch(milliseconds: number, workers: Workers): Promise<Watched> {
    const [server, client] = await Promise.all([
      watch(this.#server, { milliseconds, probes: true, worker: workers.server }),
      watch(this.#client, { milliseconds, probes: false, worker: workers.client }),
    ]);
    return { server, client };
  }

  stop(): void {
    this.#server.kill();
    this.#client.kill();
  }
}

/**
 * How fast a processor was: the median of what was tried in each {@link WINDOW}.
 *
 * @param reference how long a probe takes at speed 1, in microseconds
 */
export function speedsOf(probes: Seen['probes'], reference: number): SpeedChange[] {
  const windows = new Map<number, number[]>();
  for (const { at, took } of probes) {
    const window = Math.max(0, Math.floor(at / WINDOW));
    windows.set(window, [...(windows.get(window) ?? []), took]);
  }
  return [...windows].map(([window, took]) => ({ at: window * WINDOW, speed: reference / medianOf(took) }));
}

/** The speed at which so much work takes as long as at speeds that change while as much comes at any time. */
export function meanSpeed(speeds: readonly SpeedChange[]): number {
  if (speeds.length === 0) return 1;
  return speeds.length / speeds.reduce((sum, { speed }) => sum + 1 / speed, 0);
}

export function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** In microseconds. */
const WINDOW = 100_000;

function startMeter(): ChildProcess {
  return fork(fileURLToPath(new URL('./meter.js', import.meta.url)), { execArgv: ['--single-threaded'] });
}

async function putInPlace(meter: ChildProcess, processor: number): Promise<void> {
  if (meter.pid === undefined) throw new BenchmarkError('no process could be started to look for pauses');
  await once(meter, 'message');
  await confine(meter.pid, processor);
  // Whether it is allowed is to be known at once.
  await comeAtOnce(meter.pid);
  await comeWithOthers(meter.pid);
}

/**
 * It comes before all others only while it watches: left to itself, V8 collects garbage after eight seconds, in which the event loop
 * turns without end until threads are done that would never get the processor.
 */
async function watch(meter: ChildProcess, order: MeterOrder): Promise<Seen> {
  const pid = meter.pid ?? 0;
  await comeAtOnce(pid);
  meter.send(order);
  const [seen] = (await once(meter, 'message')) as [Seen];
  await comeWithOthers(pid);
  return seen;
}

/** The same in microseconds since some moment, from which on it counts. */
export function sinceThen({ server, client }: Watched, moment: number): Watched {
  const since = ({ pauses, looks, waits, probes }: Seen): Seen => ({
    pauses: pausesSince(pauses, moment),
    looks: pausesSince(looks, moment),
    waits: pausesSince(waits, moment),
    probes: probes.map(({ at, took }) => ({ at: at - moment, took })),
  });
  return { server: since(server), client: since(client) };
}

function pausesSince(pauses: readonly Pause[], moment: number): Pause[] {
  return pauses.flatMap(({ begin, end }) =>
    end > moment ? [{ begin: Math.max(0, begin - moment), end: end - moment }] : [],
  );
}

/** Pauses of several causes, one after the other: those that overlap are one. */
export function joinPauses(...causes: readonly (readonly Pause[])[]): Pause[] {
  const joined: Pause[] = [];
  for (const pause of causes.flat().toSorted((one, other) => one.begin - other.begin)) {
    const last = joined.at(-1);
    if (last === undefined || pause.begin > last.end) joined.push(pause);
    else joined[joined.length - 1] = { begin: last.begin, end: Math.max(last.end, pause.end) };
  }
  return joined;
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BenchmarkError, confine } from '@latchkey/load';
import type { Pause } from '@latchkey/plan';
import { comeAtOnce } from '../precedence.js';

/** Processes that look for the pauses of several processors while others work there. */
export class PauseMeters {
  readonly #meters: readonly ChildProcess[];

  /** @throws {BenchmarkError} where nobody may come before all others */
  static async start(processors: readonly number[]): Promise<PauseMeters> {
    const meters = processors.map(() =>
      fork(fileURLToPath(new URL('./pause-meter.js', import.meta.url)), { execArgv: [] }),
    );
    try {
      for (const [index, { pid }] of meters.entries()) {
        if (pid === undefined) throw new BenchmarkError('no process could be started to look for pauses');
        await confine(pid, processors[index] ?? 0);
        await comeAtOnce(pid);
      }
      return new PauseMeters(meters);
    } catch (error) {
      for (const meter of meters) meter.kill();
      throw error;
    }
  }

  private constructor(meters: readonly ChildProcess[]) {
    this.#meters = meters;
  }

  /**
   * Begins now.
   *
   * @returns the pauses of each processor, when so much time is over: in microseconds since now
   */
  async watch(milliseconds: number): Promise<Pause[][]> {
    const beginning = Number(process.hrtime.bigint()) / 1000;
    const found = this.#meters.map(async (meter) => {
      const [pauses] = (await once(meter, 'message')) as [Pause[]];
      return pauses.map(({ begin, end }) => ({ begin: begin - beginning, end: end - beginning }));
    });
    for (const meter of this.#meters) meter.send(milliseconds);
    return Promise.all(found);
  }

  stop(): void {
    for (const meter of this.#meters) meter.kill();
  }
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
